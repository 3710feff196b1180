import { describe, expect, it } from 'vitest'
import { parsePlan, splitOperator } from './plan'

describe('a plan', () => {
  it('is a tree by its indentation', () => {
    const text = 'take 10\n  join on a == b\n    scan flights\n    scan airports\n\nstage 2\n  gather\n'
    expect(parsePlan(text)).toEqual([
      { text: 'take 10', children: [{ text: 'join on a == b', children: [{ text: 'scan flights', children: [] }, { text: 'scan airports', children: [] }] }] },
      { text: 'stage 2', children: [{ text: 'gather', children: [] }] },
    ])
  })

  it('survives any indentation', () => {
    expect(parsePlan('      a\n  b\n c').map((n) => n.text)).toEqual(['a', 'b', 'c'])
    expect(parsePlan('')).toEqual([])
  })

  it('names its operators', () => expect(splitOperator('scan flights (2 columns)')).toEqual({ name: 'scan', rest: ' flights (2 columns)' }))
})
