/**
 * A strict reader of `Signature-Input` and `Signature` (RFC 9421 §4): it takes only the canonical form of what the
 * profile can contain, so a header never has a second reading for a verifier to disagree about.
 */
export interface ParsedSignature {
  readonly label: string;
  /** The covered components as received, without the parentheses. */
  readonly components: string;
  /** In the order received, which the signature covers too. */
  readonly parameters: ReadonlyMap<string, string | number>;
  /** Components and parameters: the value of `@signature-params`. */
  readonly input: string;
  readonly signature: Uint8Array;
}

export type SignatureFields =
  | { readonly ok: true; readonly signatures: ReadonlyMap<string, ParsedSignature> }
  | { readonly ok: false; readonly code: "signature-missing" | "malformed"; readonly detail: string };

/** Two signatures of the profile need about 560 characters. */
const MAX_FIELD_LENGTH = 2048;
const INPUT_MEMBER =
  /^([a-z][a-z0-9]{0,15})=(\(([a-z0-9@;="\- ]*)\)((?:;[a-z]{1,16}=(?:"[A-Za-z0-9_-]{0,128}"|0|[1-9][0-9]{0,11}))*))$/;
const PARAMETER = /;([a-z]+)=(?:"([^"]*)"|([0-9]+))/g;
/** 64 bytes in canonical base64: the last character carries two bits only. */
const SIGNATURE_MEMBER = /^([a-z][a-z0-9]{0,15})=:([A-Za-z0-9+/]{85}[AQgw]==):$/;

const malformed = (detail: string): SignatureFields => ({ ok: false, code: "malformed", detail });

/** Pairs the two fields by label. `null` stands for a field that was not sent. */
export function parseSignatures(inputField: string | null, signatureField: string | null): SignatureFields {
  if (!inputField || !signatureField) {
    return { ok: false, code: "signature-missing", detail: "Signature-Input and Signature are both needed" };
  }
  if (inputField.length > MAX_FIELD_LENGTH || signatureField.length > MAX_FIELD_LENGTH) {
    return malformed("a signature field is too long");
  }
  const bytes = parseSignatureField(signatureField);
  const inputs = inputField.split(/, ?/).map((member) => INPUT_MEMBER.exec(member));
  if (!bytes || bytes.size !== inputs.length) return malformed("Signature is not one 64-byte value for each input");
  const signatures = new Map<string, ParsedSignature>();
  for (const match of inputs) {
    const one = match && parseMember(match, bytes);
    if (!one || signatures.has(one.label)) return malformed("Signature-Input is not in the profile's canonical form");
    signatures.set(one.label, one);
  }
  return { ok: true, signatures };
}

/** The members of a `Signature` field, or undefined when any of them is not a canonical 64-byte value. */
export function parseSignatureField(field: string): ReadonlyMap<string, Uint8Array> | undefined {
  const members = new Map<string, Uint8Array>();
  for (const member of field.split(/, ?/)) {
    const [, label, value] = SIGNATURE_MEMBER.exec(member) ?? [];
    if (!label || !value || members.has(label)) return undefined;
    members.set(label, Buffer.from(value, "base64"));
  }
  return members;
}

function parseMember(match: RegExpExecArray, bytes: ReadonlyMap<string, Uint8Array>): ParsedSignature | undefined {
  const [, label = "", input = "", components = "", rawParameters = ""] = match;
  const parameters = new Map<string, string | number>();
  for (const [, name = "", text, digits] of rawParameters.matchAll(PARAMETER)) {
    if (parameters.has(name)) return undefined;
    parameters.set(name, text ?? Number(digits));
  }
  const signature = bytes.get(label);
  return signature && { label, components, parameters, input, signature };
}
