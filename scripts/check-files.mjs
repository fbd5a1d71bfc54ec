// What no other checker looks at: which files a module may have, how long files and functions may be, and the few
// names and calls that have no place here.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;
const MAX_PARAMETERS = 3;

const DOMAINS =
  "identity|power|sessions|devices|agents|enrolment|tags|overview|policies|network|pki|audit|settings|preferences|notifications|api-keys|entities|groups|gateways|addresses|tunnels";
const KEBAB = "[a-z0-9]+(?:-[a-z0-9]+)*";
const KINDS = "(?:schema|service|repo|router|jobs)";
/** A kind outgrows its file by topic: `service.ts`, then `passwords.service.ts` beside it. */
const MODULE_FILE = new RegExp(
  `^server/modules/(?:${DOMAINS})/(?:(?:${KEBAB}\\.)?${KINDS}|${KEBAB})(?:\\.test)?\\.ts$|\\.(?:vectors\\.json|md)$`,
);
const PART = new RegExp(`[./]${KINDS}\\.ts$`);
/** A module's other files are pure concepts: rules that can be tested without a database. */
const IMPURE_IMPORT =
  /^(?:@\/db\/(?!enums$)|@\/server\/core\/(?:database|operation|log)$|drizzle-orm|postgres$|next|react|\.\/(?:[a-z0-9-]+\.)?(?:repo|service|router|jobs)$)/;

const BANNED_FILES = /(?:^|\/)(?:utils?|helpers?|common|misc)\.(?:ts|tsx|mjs)$/;
const BARREL = /(?:^|\/)index\.(?:ts|tsx|mjs)$/;
const KEBAB_FILE = new RegExp(`^(?:${KEBAB}|\\[{1,2}\\.{0,3}[\\w-]+\\]{1,2})(?:\\.${KEBAB})*\\.(?:ts|tsx|mjs|mts)$`);

/** Text that may not occur, and the files in which it may. */
const BANNED_TEXT = [
  { pattern: /@ts-(?:ignore|nocheck|expect-error)/, why: "silences the type checker" },
  { pattern: /\b(?:it|test|describe|suite)\.(?:skip|only|todo|fixme)\b/, why: "is a test that does not run" },
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, why: "belongs in an issue" },
  {
    pattern: /\bsql\.raw\(|\.unsafe\(/,
    why: "bypasses parameters",
    allowed:
      /^db\/|^server\/core\/(?:rate-limit|transaction)\.ts$|^server\/testing\/|^bench\/|^e2e\/|\.test\.ts$|^scripts\/demo\.mjs$/,
  },
  {
    pattern: /\bMath\.random\(/,
    why: "is guessable: use node:crypto",
    allowed: /^components\/|^bench\/|^scripts\/demo/,
  },
];

const problems = [];

function report(file, line, text) {
  problems.push(`${file}${line ? `:${line}` : ""} ${text}`);
}

function checkName(file) {
  const base = file.slice(file.lastIndexOf("/") + 1);
  if (file.startsWith("server/modules/") && !MODULE_FILE.test(file)) report(file, 0, "is not a file a module has");
  if (BANNED_FILES.test(file)) report(file, 0, "has a name that says nothing");
  if (BARREL.test(file) && file !== "db/schema/index.ts") report(file, 0, "is a barrel");
  if (!base.startsWith(".") && !KEBAB_FILE.test(base)) report(file, 0, "is not kebab-case");
}

function checkText(file, lines) {
  if (lines.length > MAX_FILE_LINES) report(file, 0, `has ${lines.length} lines; ${MAX_FILE_LINES} are allowed`);
  if (file === "scripts/check-files.mjs") return;
  for (const { pattern, why, allowed } of BANNED_TEXT) {
    if (allowed?.test(file)) continue;
    lines.forEach((line, at) => {
      if (pattern.test(line)) report(file, at + 1, `${pattern.exec(line)?.[0]} ${why}`);
    });
  }
}

function checkSyntax(file, text) {
  const source = ts.createSourceFile(
    file,
    text,
    ts.ScriptTarget.Latest,
    true,
    file.endsWith("x") ? ts.ScriptKind.TSX : undefined,
  );
  const isConcept = file.startsWith("server/modules/") && !PART.test(file) && !/\.test\.ts$/.test(file);
  const visit = (node) => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) checkFunction(file, source, node);
    if (isConcept && ts.isImportDeclaration(node)) checkConceptImport(file, source, node);
    if (
      (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) &&
      /(?:Manager|Helper|Utils?)$/.test(node.name?.text ?? "")
    )
      report(file, lineOf(source, node), `${node.name?.text} has a name that says nothing`);
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function checkFunction(file, source, node) {
  const start = lineOf(source, node);
  const length = source.getLineAndCharacterOfPosition(node.end).line + 2 - start;
  if (length > MAX_FUNCTION_LINES && !isSuite(node))
    report(file, start, `function of ${length} lines; ${MAX_FUNCTION_LINES} are allowed`);
  // The rows of a table of test cases arrive as parameters.
  if (node.parameters.length > MAX_PARAMETERS && !/\.test\.tsx?$/.test(file))
    report(file, start, `${node.parameters.length} positional parameters; ${MAX_PARAMETERS} are allowed`);
}

/** The callback of describe() holds tests, it is not one function. */
function isSuite(node) {
  const call = node.parent;
  return ts.isCallExpression(call) && /^(?:describe|suite|test\.describe)\b/.test(call.expression.getText());
}

function checkConceptImport(file, source, node) {
  if (node.importClause?.isTypeOnly) return;
  const from = node.moduleSpecifier.text;
  if (IMPURE_IMPORT.test(from))
    report(file, lineOf(source, node), `imports ${from}, but is not one of schema, service, repo, router, jobs`);
}

function lineOf(source, node) {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
  maxBuffer: 2 ** 26,
})
  .split("\n")
  .filter((file) => /\.(?:ts|tsx|mjs|mts)$|^server\/modules\//.test(file) && existsSync(file));

for (const file of files) {
  checkName(file);
  if (!/\.(?:ts|tsx|mjs|mts)$/.test(file)) continue;
  const text = readFileSync(file, "utf8");
  checkText(file, text.trimEnd().split("\n"));
  checkSyntax(file, text);
}

if (problems.length > 0) process.stderr.write(`${problems.join("\n")}\n`);
process.stdout.write(`${files.length} files checked, ${problems.length} problems\n`);
process.exit(problems.length > 0 ? 1 : 0);
