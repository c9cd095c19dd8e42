// Decides the demo's chance: a small seeded generator, the same numbers on every machine.

/** A stream of numbers; every call moves it on. */
export type Random = {
  /** Evenly in [0, 1). */
  unit(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** One of the names, each as likely as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
  /** Waiting time until an event that comes `rate` times per unit of time. */
  exponential(rate: number): number;
  /** Gamma with mean `shape * scale`. */
  gamma(shape: number, scale: number): number;
  /** Beta with mean `a / (a + b)`. */
  beta(a: number, b: number): number;
};

/** Stream number `stream` of a seed: each person has an own one, so that one more person changes nobody else. */
export function randomOf(seed: number, stream: number): Random {
  const unit = sfc32(seed, stream);
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  const gamma = (shape: number, scale: number): number => {
    if (shape < 1) return gamma(shape + 1, scale) * (1 - unit()) ** (1 / shape);
    return scale * marsagliaTsang(shape, { unit, normal });
  };
  return {
    unit,
    whole: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    chance: (probability) => unit() < probability,
    pick: (items) => items[Math.floor(unit() * items.length)] ?? items[0],
    weighted: (weights) => weighted(weights, unit()),
    exponential: (rate) => -Math.log(1 - unit()) / rate,
    gamma,
    beta: (a, b) => {
      const first = gamma(a, 1);
      return first / (first + gamma(b, 1));
    },
  };
}

/** Chris Doty-Humphrey's "small fast counting" generator, 32 bits (PractRand). */
function sfc32(seed: number, stream: number): () => number {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}

/** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), for shapes from 1 on. */
function marsagliaTsang(shape: number, source: { unit: () => number; normal: () => number }): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = source.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - source.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function weighted<T extends string>(weights: Readonly<Record<T, number>>, unit: number): T {
  const entries = Object.entries(weights) as [T, number][];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = unit * total;
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return (entries.at(-1) as [T, number])[0];
}
