/** Run by Next when it starts. Under our own server everything is open already; other hosts get the same checks here. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { areSecretsOpen } = await import("@/server/core/secrets");
  if (areSecretsOpen()) return;
  const [{ getSql }, { env }, { establishSecrets }] = await Promise.all([
    import("@/db/client"),
    import("@/server/core/env"),
    import("@/server/core/secret-check"),
  ]);
  await establishSecrets(getSql(), env());
}
