export const TOOLS_ENV: NodeJS.ProcessEnv;
export function missingNetworkTools(): [program: string, debian: string][];
export function ensureNetworkTools(): void;
