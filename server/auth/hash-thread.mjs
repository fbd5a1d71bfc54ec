// What a hashing thread runs: plain JavaScript, because it is loaded as it is from the sources and from the build alike.
import { hashSync, verifySync } from "@node-rs/argon2";
import { verifySync as verifyBcryptSync } from "@node-rs/bcrypt";

/** @param {{ password: string, options: object }} task @returns {string} a PHC string */
export const hash = ({ password, options }) => hashSync(password, options);

/** @param {{ stored: string, password: string }} task @throws {Error} when `stored` cannot be read */
export const verify = ({ stored, password }) => verifySync(stored, password);

/** @param {{ stored: string, password: string }} task @throws {Error} when `stored` cannot be read */
export const verifyBcrypt = ({ stored, password }) => verifyBcryptSync(password, stored);
