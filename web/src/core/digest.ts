// A short mark of a text, to see whether it is still the same: the length in bytes and FNV-1a of the text without outer space, as the
// server makes it.
const encoder = new TextEncoder()

export function digest(text: string): string {
  const bytes = encoder.encode(text.trim())
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return `${bytes.length}-${(hash >>> 0).toString(16)}`
}
