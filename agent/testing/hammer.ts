/** Writes ever new content to one file until it is killed: `node hammer.ts <file>`. */
import { writeAtomically } from "@/agent/atomic-file";

const [, , path = ""] = process.argv;
for (let round = 0; ; round += 1) {
  const filler = String(round % 10).repeat(50_000);
  writeAtomically(path, JSON.stringify({ round, filler }));
  if (round === 0) process.stdout.write("ready\n");
}
