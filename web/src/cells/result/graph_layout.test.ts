import { describe, expect, it } from 'vitest'
import type { ExplainedStage, Explanation, OperatorStats, Stats } from '../../api/types'
import { boxes, boxWidth, callText, chosenPath, estimateOff, movedText, planGraph, type PlanBox } from './graph_layout'

const stage = (id: number, kinds: string[], inputs: Record<string, number[]> = {}): ExplainedStage => ({
  id,
  kind: 'source',
  inputs: Object.values(inputs).flat(),
  operators: kinds.map((kind) => ({ kind, text: kind, inputs: inputs[kind] })),
})
const did = (stage: number, index: number, ms: number, rows_out = 10): OperatorStats => ({ stage, index, kind: '', rows_in: rows_out, rows_out, bytes_in: 80, bytes_out: 8 * rows_out, peak_bytes: 4096, busy_ns: ms * 1e6, share: 0 })
const measured = (...operators: OperatorStats[]): Stats => ({ plan_ms: 0, exec_ms: 0, rows_read: 0, rows_out: 0, bytes_read: 0, peak_bytes: 0, operators })

/** flights joined with airports, and grouped: stage 2 reads 1, whose join builds from 0. */
const joined: Explanation = {
  stages: [stage(0, ['scan']), stage(1, ['aggregate', 'filter', 'hash_join', 'scan'], { hash_join: [0] }), stage(2, ['sort', 'input'], { input: [1] })],
  functions: [
    {
      function: 'std/geo@1.0.0.haversine',
      kind: 'wasm',
      runs: 'executor',
      tier: 'wasm',
      stages: [1],
      why: 'it is a WebAssembly function of one row',
      places: [{ stage: 1, index: 2, operator: 'filter', pushed: false, why: 'it takes columns of both sides of the join' }],
    },
  ],
}

const named = (root: PlanBox) => Object.fromEntries(boxes(root).map((b) => [b.key, b]))
const hot = (root: PlanBox) => boxes(root).flatMap((b) => (b.hot ? [b.key] : []))

describe('the graph of a plan', () => {
  it('has the result on top, its stages below, and what a join builds from beside', () => {
    const { root, frames, width, height } = planGraph(joined)!
    expect(boxes(root).map((b) => b.key)).toEqual(['2.1', '2.0', '1.3', '1.2', '1.1', '1.0', '0.0'])
    const b = named(root)
    expect(b['1.0'].x).toBe(b['2.1'].x)
    expect(b['0.0'].x).toBeGreaterThan(b['1.0'].x + boxWidth)
    for (const box of boxes(root)) for (const input of box.inputs) expect(input.y).toBeGreaterThan(box.y + box.height)
    for (const frame of frames) {
      const inside = boxes(root).filter((x) => x.stage === frame.stage.id)
      for (const x of inside) expect(x.y > frame.y && x.y + x.height < frame.y + frame.height && x.x > frame.x && frame.y + frame.height <= height && x.x + boxWidth <= width).toBe(true)
    }
    expect(frames.map((f) => f.stage.id)).toEqual([2, 1, 0])
  })

  it('never lays one box over another, however wide', () => {
    const stages = [0, 1, 2, 3, 4].map((id) => stage(id, ['filter', 'scan']))
    stages.push(stage(5, ['hash_join', 'scan'], { hash_join: [0] }), stage(6, ['hash_join', 'union'], { hash_join: [5], union: [1, 2, 3] }), stage(7, ['project', 'hash_join', 'input'], { hash_join: [4], input: [6] }))
    const all = boxes(planGraph({ stages })!.root)
    expect(all).toHaveLength(17)
    for (const a of all) for (const b of all) if (a !== b) expect(a.x + boxWidth <= b.x || b.x + boxWidth <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y, `${a.key} and ${b.key}`).toBe(true)
  })

  it('marks the way on which the most time was spent, not the slowest operator', () => {
    const slowLeaf = planGraph(joined, measured(did(0, 0, 50), did(1, 0, 20), did(1, 1, 5), did(2, 1, 1)))!
    expect(hot(slowLeaf.root)).toEqual(['2.1', '2.0', '1.3', '1.2', '1.1', '0.0'])
    expect(slowLeaf.edges.filter((e) => e.hot).map((e) => e.key)).toEqual(['2.1-2.0', '2.0-1.3', '1.3-1.2', '1.2-1.1', '1.1-0.0'])
    expect(hot(planGraph(joined, measured(did(0, 0, 10), did(1, 0, 20)))!.root)).toContain('1.0')
    expect(hot(planGraph(joined)!.root)).toEqual([]) // nothing was measured
  })

  it('draws wider lines where more rows went', () => {
    const { edges } = planGraph(joined, measured(did(0, 0, 1, 3376), did(1, 0, 1, 3_000_000), did(1, 1, 1, 0)))!
    const width = (key: string) => edges.find((e) => e.key === key)!.width
    expect(width('1.1-1.0')).toBeGreaterThan(width('1.1-0.0'))
    expect(width('1.1-0.0')).toBeGreaterThan(width('1.2-1.1'))
    expect(width('1.2-1.1')).toBeGreaterThan(0) // no row went, and the line is there
  })

  it('names functions in the operator that calls them', () => {
    const { root } = planGraph(joined)!
    expect(boxes(root).filter((b) => b.calls.length > 0).map((b) => b.key)).toEqual(['1.2'])
    expect(named(root)['1.2'].height).toBeGreaterThan(named(root)['1.1'].height)
  })

  it('says how many bytes went through an operator or a function, and how many it held', () => {
    expect(movedText({ ...did(0, 0, 1, 250), bytes_in: 1_234_567, peak_bytes: 0 })).toBe('1.2 MB in, 2.0 KB out, 0 B held')
    const stats = { ...measured(did(1, 2, 1)), functions: [{ name: 'std/geo@1.0.0.haversine', bytes_in: 32_000, bytes_out: 8_000, memory_bytes: 65_536 }] }
    const call = (s?: Stats) => named(planGraph(joined, s)!.root)['1.2'].calls[0]
    expect(callText(call(stats))).toBe('32 KB in, 8.0 KB out, 66 KB held')
    expect(callText(call())).toBeUndefined()
  })

  it('draws a stage once that two operators read', () => {
    const { root } = planGraph({ stages: [stage(0, ['scan']), stage(1, ['hash_join', 'input'], { hash_join: [0], input: [0] })] })!
    expect(boxes(root).map((b) => b.repeats)).toEqual([false, false, false, true])
    expect(new Set(boxes(root).map((b) => b.key)).size).toBe(4)
  })

  it('says how a scan comes to its rows where there was a choice', () => {
    const full = { name: 'full scan', rows: 800, cost_ns: 900 }
    const zones = { name: 'zone maps', rows: 100, cost_ns: 120, chosen: true }
    expect(chosenPath({ kind: 'scan', text: '', paths: [full, zones] })).toBe('by zone maps; compared: full scan')
    expect(chosenPath({ kind: 'scan', text: '', paths: [{ ...full, chosen: true }] })).toBeUndefined()
    expect(chosenPath({ kind: 'filter', text: '' })).toBeUndefined()
  })

  it('has nothing to draw of no plan', () => expect(planGraph({ stages: [] })).toBeUndefined())

  it('says by how much an estimate was off, from a factor of two', () => {
    const off = (estimate: number, rows_out: number) => estimateOff({ ...did(0, 0, 1, rows_out), estimate, q_error: Math.max(estimate / rows_out, rows_out / estimate) })
    expect(off(100, 190)).toBeUndefined()
    expect(off(100, 320)).toBe('3.2× too few')
    expect(off(100_000, 4)).toBe('25,000× too many')
    expect(estimateOff(did(0, 0, 1))).toBeUndefined()
  })
})
