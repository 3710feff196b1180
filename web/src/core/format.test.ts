import { describe, expect, it } from 'vitest'
import { ago, bytes, cellText, count, duration, isNumeric, plural, readableFloat, readableTime } from './format'
import { parseRows } from './rows'

describe('format', () => {
  it('reads well', () => {
    expect(count(2_955_000)).toBe('2,955,000')
    expect(plural(1, 'row')).toBe('1 row')
    expect(plural(0, 'query', 'queries')).toBe('0 queries')
    expect(bytes(999)).toBe('999 B')
    expect(bytes(999_999)).toBe('1.0 MB')
    expect(bytes(13_500_000)).toBe('14 MB')
  })

  it('gives durations a fitting unit', () => {
    expect([0.42, 4.25, 38.4, 999.6, 1400, 59_960, 125_000, 3_600_000].map(duration)).toEqual([
      '0.42 ms', '4.3 ms', '38 ms', '1.0 s', '1.4 s', '1 min 00 s', '2 min 05 s', '1 h 00 min',
    ])
  })

  it('shortens floats, but not small ones', () => {
    expect([7.933333333333334, 84, 0.00001234567891, -1e21, 80.3].map(readableFloat)).toEqual(['7.933333', '84', '0.00001234567891', '-1e+21', '80.3'])
  })

  it('shortens timestamps without losing anything', () => {
    expect(['2001-01-31T06:05:00Z', '2001-01-31T06:05:20.000Z', '2001-01-31T06:05:20.250Z', '2001-01-31T06:05:00+02:00'].map(readableTime)).toEqual([
      '2001-01-31 06:05', '2001-01-31 06:05:20', '2001-01-31 06:05:20.25', '2001-01-31T06:05:00+02:00',
    ])
  })

  it('says how long ago', () => {
    const now = Date.parse('2026-03-10T12:00:00Z')
    expect(ago('2026-03-10T11:59:50Z', now)).toBe('just now')
    expect(ago('2026-03-10T11:30:00Z', now)).toBe('30 min ago')
    expect(ago('2026-03-09T06:00:00Z', now)).toBe('yesterday')
  })

  it('shows values and knows which stand on the right', () => {
    expect(cellText(null)).toBe('')
    expect(cellText({ a: [1] })).toBe('{"a":[1]}')
    expect(isNumeric('float?')).toBe(true)
    expect(isNumeric('[int]')).toBe(false)
  })
})

describe('parseRows', () => {
  it('reads rows as they are', () => {
    expect(parseRows('[{"a":1.5,"b":null,"c":[1,"x"]}]')).toEqual([{ a: 1.5, b: null, c: [1, 'x'] }])
  })
})
