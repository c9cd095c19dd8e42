// Decides how opaque ids are made on AWS: 100 random bits in 20 characters.
import { randomBytes } from "node:crypto";
import type { Ids } from "../../pipeline/ports.ts";

/** 32 characters, so that five bits of a random byte choose one without bias. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 20;

/** Ids from the operating system's random source. */
export const systemIds: Ids = {
  next: () => Array.from(randomBytes(LENGTH), (byte) => ALPHABET.charAt(byte & 31)).join(""),
};
