// Decides what the demo shop sells and what one order holds.
import type { Random } from "./random.ts";

export type Category = "books" | "music" | "games" | "home" | "tea";
export type OrderedProduct = { name: string; category: Category; price: number; quantity: number };
/** How much a person leans to each category; weights, not shares. */
export type Affinities = Record<Category, number>;

type Good = { name: string; priceMinor: number };
type Shelf = readonly [Good, ...Good[]];

const shelf = (goods: Record<string, number>): Shelf =>
  Object.entries(goods).map(([name, priceMinor]) => ({ name, priceMinor })) as unknown as Shelf;

const GOODS: Record<Category, Shelf> = {
  books: shelf({
    "Pocket novel": 990,
    "Collected short stories": 1_690,
    "Sea atlas": 3_490,
    "Bread baking book": 2_450,
    "Garden almanac": 2_190,
    "Illustrated fairy tales": 2_790,
    "Photo book in linen": 4_900,
  }),
  music: shelf({
    "Piano solo, vinyl": 2_990,
    "Late-night jazz, vinyl": 2_790,
    "Cello suites, CD": 1_590,
    "Chanson, double vinyl": 3_890,
    "Field recordings, CD": 1_290,
    "Record player, walnut": 18_900,
  }),
  games: shelf({
    "Card game for two": 1_490,
    "Chess set, beech": 5_900,
    "Cooperative board game": 4_490,
    "Puzzle, 1000 pieces": 1_990,
    "Wooden tower": 2_490,
    "Strategy game, big box": 7_490,
  }),
  home: shelf({
    "Beeswax candle": 1_290,
    "Reading lamp, brass": 11_900,
    "Wool blanket": 8_900,
    "Stoneware mug": 1_890,
    "Linen cushion": 3_900,
    "Paper lantern": 2_450,
  }),
  tea: shelf({
    "Darjeeling, first flush": 1_490,
    "Smoked black tea": 1_190,
    "Green tea with mint": 990,
    "Evening infusion": 890,
  }),
};

/** One shelf is the favourite, the others come along. */
export function affinitiesOf(random: Random): Affinities {
  const affinities: Affinities = { books: 1, music: 1, games: 1, home: 1, tea: 1 };
  affinities[random.weighted({ books: 35, music: 20, games: 20, home: 16, tea: 9 })] += 5;
  return affinities;
}

/** One order: mostly from one category, one to three different products. `totalMinor` is their sum, in cents. */
export function basketOf(affinities: Affinities, random: Random): { products: OrderedProduct[]; totalMinor: number } {
  const main = random.weighted(affinities);
  const lines = Number(random.weighted({ "1": 58, "2": 30, "3": 12 }));
  const chosen = new Map<string, OrderedProduct>();
  let totalMinor = 0;
  for (let line = 0; line < lines; line++) {
    const category = line === 0 || random.chance(0.7) ? main : random.weighted(affinities);
    const good = random.pick(GOODS[category]);
    const quantity = good.priceMinor < 3_000 && random.chance(0.18) ? 2 : 1;
    if (chosen.has(good.name)) continue;
    chosen.set(good.name, { name: good.name, category, price: good.priceMinor / 100, quantity });
    totalMinor += good.priceMinor * quantity;
  }
  return { products: [...chosen.values()], totalMinor };
}
