import { areSecretsOpen, ephemeralSecrets, installSecrets } from "@/server/core/secrets";

// Every test process has keys of its own; a test that starts a server lets that one open its own from files.
if (!areSecretsOpen()) installSecrets(ephemeralSecrets());
