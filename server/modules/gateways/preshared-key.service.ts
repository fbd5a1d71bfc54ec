/** What a tunnel's preshared key is bound to while it is encrypted: no other tunnel can be given its ciphertext. */
export const presharedKeyContext = (publicKey: string): string => `wireguard_peers.preshared_key|${publicKey}`;
