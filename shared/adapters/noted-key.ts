// Decides what an erasure is remembered under: the profile, or the address.
import type { NotedErasure } from "../pipeline/ports.ts";

export const notedKey = (noted: NotedErasure): string => ("address" in noted ? noted.address : noted.profileId);
