// Decides what a new opaque id looks like in every mode that is not a simulation.
import { randomBytes } from "node:crypto";
import type { Ids } from "../../pipeline/ports.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const CHARS = 16;

/** Ids of 16 lower-case letters and digits, without the ones people mix up: 80 random bits. */
export const randomIds: Ids = {
  next() {
    let id = "";
    for (const byte of randomBytes(CHARS)) id += ALPHABET[byte & 31];
    return id;
  },
};
