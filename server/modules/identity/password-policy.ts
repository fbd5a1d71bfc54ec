import { AppError } from "@/server/core/errors";

interface Owner {
  username: string;
  email?: string | null;
  displayName?: string | null;
}

const MIN_WORD = 4;

function contextWords({ username, email, displayName }: Owner): string[] {
  const words = [username, email?.split("@")[0], ...(displayName ?? "").split(/\s+/), "keyward", "password"];
  return words.filter((word): word is string => word !== undefined && word.length >= MIN_WORD);
}

/** What is left of a password once the words anyone would guess are taken out. */
function remainder(password: string, owner: Owner): string {
  return contextWords(owner).reduce(
    (rest, word) => rest.replaceAll(word.toLowerCase(), ""),
    password.toLowerCase().normalize("NFKC"),
  );
}

/**
 * Refuses passwords made of little else than the user's own names or the product's, or of one repeated character.
 * Length is the schema's; there are no composition rules. @throws {AppError} invalid
 */
export function requireGoodPassword(password: string, owner: Owner, field = "password"): void {
  const isRepetition = new Set(password).size < 4;
  if (!isRepetition && remainder(password, owner).length >= 8) return;
  throw new AppError("invalid", "Choose another password.", {
    fields: { [field]: "This is too easy to guess from your names. Use several unrelated words." },
  });
}
