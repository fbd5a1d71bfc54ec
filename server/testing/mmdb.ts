import ipaddr from "ipaddr.js";

type Value = string | number | { [key: string]: Value } | readonly Value[];

const STRING = 2;
const DOUBLE = 3;
const UINT32 = 6;
const MAP = 7;
const ARRAY = 11;

function head(type: number, size: number): Buffer {
  const long = size > 28 ? [size - 29] : [];
  const short = Math.min(size, 29);
  return Buffer.from(type > 7 ? [short, type - 7, ...long] : [(type << 5) | short, ...long]);
}

/** A value in the data format of MaxMind DB 2.0: whole numbers as uint32, others as double. */
function encoded(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([head(STRING, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(Number.isInteger(value) ? 4 : 8);
    if (bytes.length === 4) bytes.writeUInt32BE(value);
    else bytes.writeDoubleBE(value);
    return Buffer.concat([head(bytes.length === 4 ? UINT32 : DOUBLE, bytes.length), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([head(ARRAY, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    head(MAP, entries.length),
    ...entries.flatMap(([key, inner]) => [encoded(key), encoded(inner)]),
  ]);
}

/** The bits of a network in the IPv6 tree, where IPv4 lies under ::/96. */
function bitsOf(network: string): number[] {
  const [address, prefix] = ipaddr.parseCIDR(network);
  const bytes = address.toByteArray();
  const full = [...Array<number>(16 - bytes.length).fill(0), ...bytes];
  const bits = full.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((at) => (byte >> at) & 1));
  return bits.slice(0, 128 - bytes.length * 8 + prefix);
}

interface Node {
  children: [Node | Buffer | undefined, Node | Buffer | undefined];
}

function treeOf(networks: Readonly<Record<string, Value>>): Node {
  const root: Node = { children: [undefined, undefined] };
  for (const [network, value] of Object.entries(networks)) {
    const bits = bitsOf(network);
    let node = root;
    for (const [at, bit] of bits.entries()) {
      const below = node.children[bit as 0 | 1];
      if (at === bits.length - 1) node.children[bit as 0 | 1] = encoded(value);
      else if (below && !Buffer.isBuffer(below)) node = below;
      else {
        const made: Node = { children: [undefined, undefined] };
        node.children[bit as 0 | 1] = made;
        node = made;
      }
    }
  }
  return root;
}

/** A geographic database in the MaxMind DB format (2.0), of a few networks that do not overlap. */
export function mmdb(networks: Readonly<Record<string, Value>>): Buffer {
  const nodes: Node[] = [treeOf(networks)];
  for (const { children } of nodes)
    nodes.push(...(children.filter((child) => child && !Buffer.isBuffer(child)) as Node[]));
  const data: Buffer[] = [];
  let offset = 0;
  const record = (child: Node | Buffer | undefined): number => {
    if (!child) return nodes.length;
    if (!Buffer.isBuffer(child)) return nodes.indexOf(child);
    data.push(child);
    offset += child.length;
    return nodes.length + 16 + offset - child.length;
  };
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [at, { children }] of nodes.entries()) {
    tree.writeUIntBE(record(children[0]), at * 6, 3);
    tree.writeUIntBE(record(children[1]), at * 6 + 3, 3);
  }
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000,
    database_type: "Test-City",
    description: { en: "Networks made up for a test" },
    ip_version: 6,
    languages: ["en"],
    node_count: nodes.length,
    record_size: 24,
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), metadata]);
}
