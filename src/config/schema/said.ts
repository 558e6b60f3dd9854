import * as z from 'zod'

/** The keys of a mapping without what holds where nothing is said: only what stands there counts. */
export type Said<Shape> = { [Key in keyof Shape]: z.ZodExactOptional<Bare<Shape[Key]> & z.core.$ZodType> }

type Bare<Schema> =
  Schema extends z.ZodPrefault<infer Inner>
    ? Inner
    : Schema extends z.ZodExactOptional<infer Inner>
      ? Inner
      : Schema

export function saidOf<const Shape extends Readonly<Record<string, z.ZodType>>>(shape: Shape): Said<Shape> {
  const entries = Object.entries(shape).map(([key, schema]) => {
    const bare =
      schema instanceof z.ZodPrefault || schema instanceof z.ZodExactOptional ? schema.unwrap() : schema
    return [key, (bare as z.ZodType).exactOptional().describe(schema.description ?? '')]
  })
  return Object.fromEntries(entries) as Said<Shape>
}
