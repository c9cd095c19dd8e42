// Decides what the job of an erasure must know: nothing personal.

/**
 * `segments`: those the profile was in; `round`: the second one looks for what was under way during the first, which deleted
 * so much (`done`). `isAsked`: what lies in the table is gone, and the copies outside are waited for.
 */
export type ErasureParams = {
  profileId: string;
  segments: string[];
  round: 1 | 2;
  done?: number;
  isAsked?: true;
};
