// Reading pages of rows. Integers past 2^53 keep all their digits: they become BigInt instead of rounding.

type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown

const exact: Reviver = (_key, value, context) => {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source) return value
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

export function parseRows<T>(text: string): T {
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as T
}
