// Numbers, sizes and times as people read them.

const whole = new Intl.NumberFormat('en-US')

export const count = (n: number): string => whole.format(n)

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let unit = -1
  do {
    n /= 1000
    unit++
  } while (n >= 999.5 && unit < units.length - 1)
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`
}

/** A duration, given in milliseconds: 0.42 ms, 38 ms, 1.4 s, 2 min 05 s. */
export function duration(ms: number): string {
  if (ms < 0.995) return `${Math.max(0, ms).toFixed(2)} ms`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** How long ago, coarsely: just now, 5 min ago, 3 h ago, yesterday, 12 Mar 2026. */
export function ago(iso: string, now = Date.now()): string {
  const then = Date.parse(iso)
  if (Number.isNaN(then)) return ''
  const seconds = (now - then) / 1000
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  if (seconds < 2 * 86_400) return 'yesterday'
  if (seconds < 14 * 86_400) return `${Math.round(seconds / 86_400)} days ago`
  return new Date(then).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** One value of a row, as text for a grid or the clipboard. `none` is told apart by its caller. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

/** A float as a grid shows it: at most six decimals, so that columns can be compared; the whole value is in its hint. */
export function readableFloat(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value) || Math.abs(value) < 0.001) return String(value)
  return String(Number(value.toFixed(6)))
}

/** A timestamp without what says nothing: 2001-01-31 06:05. */
export function readableTime(iso: string): string {
  const [, day, time, seconds, fraction = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)(?:\.(\d+))?(?:Z|\+00:00)?$/.exec(iso) ?? []
  if (!day) return iso
  const digits = fraction.replace(/0+$/, '')
  return `${day} ${time}${digits ? `${seconds}.${digits}` : seconds === ':00' ? '' : seconds}`
}

/** True for types whose values line up on the right. */
export function isNumeric(type: string): boolean {
  return /^(int|float|decimal|duration)/.test(type) && !type.startsWith('[')
}

export function isTemporal(type: string): boolean {
  return /^(date|timestamp)/.test(type)
}
