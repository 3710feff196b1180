// Where the operators of a plan stand in its picture. The result is on top; what an operator takes rows of is below it: the next operator
// of its stage in the same column, and the stages that it reads in columns to the right. The path that took the most time is marked.
import { bytes } from '../../core/format'
import type { ExplainedFunction, ExplainedOperator, ExplainedStage, Explanation, FunctionPlace, FunctionStats, OperatorStats, Stats } from '../../api/types'

/** An operator with what it did, and what it takes rows of. */
export interface PlanBox {
  key: string
  stage: number
  operator: ExplainedOperator
  measured?: OperatorStats
  calls: Call[]
  inputs: PlanBox[]
  hot: boolean
  /** Stands for a stage that is drawn elsewhere, because two operators read it. */
  repeats: boolean
  x: number
  y: number
  height: number
}

/** A function where an operator calls it. */
export interface Call {
  function: ExplainedFunction
  place: FunctionPlace
  measured?: FunctionStats
}

/** The frame around the operators of a stage. */
export interface Frame {
  stage: ExplainedStage
  tasks: number
  x: number
  y: number
  height: number
}

export interface Edge {
  key: string
  path: string
  /** In pixels; it grows with the logarithm of the rows. */
  width: number
  rows?: number
  label: { x: number; y: number }
  hot: boolean
}

export interface PlanGraph {
  root: PlanBox
  frames: Frame[]
  edges: Edge[]
  width: number
  height: number
}

export const boxWidth = 276
const across = 40
const down = 46
const title = 26
const pad = 10

export function planGraph(explanation: Explanation, stats?: Stats): PlanGraph | undefined {
  const root = grow(explanation, stats)
  if (!root) return undefined
  markHot(root)
  return { root, ...place(root, explanation, stats) }
}

/** All boxes, the result first. */
export const boxes = (root: PlanBox): PlanBox[] => [root, ...root.inputs.flatMap(boxes)]

function grow(explanation: Explanation, stats?: Stats): PlanBox | undefined {
  const stages = new Map(explanation.stages.map((s) => [s.id, s]))
  const read = new Set(explanation.stages.flatMap((s) => s.inputs ?? []))
  const last = explanation.stages.findLast((s) => !read.has(s.id))
  const seen = new Set<number>()
  const chain = (stage: ExplainedStage, from: number): PlanBox | undefined => {
    const operator = stage.operators[from]
    if (!operator) return undefined
    const repeats = from === 0 && seen.has(stage.id)
    seen.add(stage.id)
    const index = stage.operators.length - 1 - from
    const calls = (explanation.functions ?? []).flatMap((f) =>
      (f.places ?? [])
        .filter((p) => p.stage === stage.id && p.index === index)
        .map((p) => ({ function: f, place: p, measured: stats?.functions?.find((m) => m.name === f.function) })),
    )
    const box: PlanBox = {
      key: repeats ? `${stage.id}.${index} again ${seen.size}` : `${stage.id}.${index}`,
      stage: stage.id,
      operator,
      measured: stats?.operators?.find((o) => o.stage === stage.id && o.index === index),
      calls: repeats ? [] : calls,
      inputs: [],
      hot: false,
      repeats,
      x: 0,
      y: 0,
      height: 0,
    }
    if (!repeats) {
      const below = [chain(stage, from + 1), ...(operator.inputs ?? []).map((id) => stages.get(id)).map((s) => s && chain(s, 0))]
      box.inputs = below.filter((b) => b !== undefined)
    }
    box.height = heightOf(box)
    return box
  }
  return last && chain(last, 0)
}

/** Marks the operators from the result to that leaf on whose way the most time was spent. Without times there is no such path. */
function markHot(root: PlanBox): void {
  const time = new Map<PlanBox, number>()
  const sum = (box: PlanBox): number => {
    const t = (box.repeats ? 0 : (box.measured?.busy_ns ?? 0)) + Math.max(0, ...box.inputs.map(sum))
    time.set(box, t)
    return t
  }
  if (sum(root) === 0) return
  for (let box: PlanBox | undefined = root; box; ) {
    box.hot = true
    const inputs: PlanBox[] = box.inputs
    box = inputs.length > 0 ? inputs.reduce((a, b) => (time.get(b)! > time.get(a)! ? b : a)) : undefined
  }
}

/** Lines that a text takes in a box, at most `most`. */
export const lines = (text: string, perLine: number, most: number): number => Math.min(most, Math.max(1, Math.ceil(text.length / perLine)))

/** By how much an estimate was off, when that is worth saying: by more than a factor of two. */
export function estimateOff(measured?: OperatorStats): string | undefined {
  if (!measured?.estimate || !measured.q_error || measured.q_error <= 2) return undefined
  const factor = measured.q_error < 10 ? measured.q_error.toFixed(1) : Math.round(measured.q_error).toLocaleString('en-US')
  return `${factor}× too ${measured.estimate > measured.rows_out ? 'many' : 'few'}`
}

/** How a scan comes to its rows, where there was a choice. */
export function chosenPath({ paths = [] }: ExplainedOperator): string | undefined {
  const chosen = paths.find((p) => p.chosen)
  return chosen && paths.length > 1 ? `by ${chosen.name}; compared: ${paths.filter((p) => p !== chosen).map((p) => p.name).join(', ')}` : undefined
}

const heightOf = (box: PlanBox): number =>
  box.repeats ? 44 : 64 + (box.measured ? 16 : 0) + 16 * lines(box.operator.text, 36, 3) + (box.measured?.estimate || box.operator.estimate ? 17 : 0) + (chosenPath(box.operator) ? 16 : 0) + box.calls.reduce((h, c) => h + 30 + (callText(c) ? 15 : 0) + 15 * lines(placeText(c.place), 44, 4), 0)

/** What went through an operator, and what it held of memory. */
export const movedText = ({ bytes_in, bytes_out, peak_bytes }: OperatorStats): string =>
  `${bytes(bytes_in)} in, ${bytes(bytes_out)} out, ${bytes(peak_bytes)} held`

/** The same of a function. */
export const callText = ({ measured }: Call): string | undefined =>
  measured?.bytes_in || measured?.bytes_out
    ? `${bytes(measured.bytes_in ?? 0)} in, ${bytes(measured.bytes_out ?? 0)} out${measured.memory_bytes ? `, ${bytes(measured.memory_bytes)} held` : ''}`
    : undefined

/** Whether a call was moved down to where rows are read, and why. */
export const placeText = (place: FunctionPlace): string => `${place.pushed ? 'Pushed down' : 'Not pushed down'}: ${place.why}.`

function place(root: PlanBox, explanation: Explanation, stats?: Stats): Omit<PlanGraph, 'root'> {
  const frames = new Map<number, Frame>()
  let width = 0
  let height = 0
  // Gives the right border of all that stands below.
  const put = (box: PlanBox, x: number, y: number, above?: PlanBox): number => {
    const enters = above?.stage !== box.stage || box.repeats
    box.x = x
    box.y = y + (enters ? title : 0)
    const bottom = box.y + box.height
    let right = x + boxWidth
    if (!box.repeats) {
      const frame = frames.get(box.stage) ?? {
        stage: explanation.stages.find((s) => s.id === box.stage)!,
        tasks: stats?.tasks?.filter((t) => t.stage === box.stage).length ?? 0,
        x: x - pad,
        y,
        height: 0,
      }
      frame.height = bottom + pad - frame.y
      frames.set(box.stage, frame)
    }
    box.inputs.forEach((input, i) => (right = put(input, i === 0 ? x : right + across, bottom + down, box)))
    width = Math.max(width, right + pad + 1)
    height = Math.max(height, bottom + pad + 1)
    return right
  }
  put(root, pad + 1, 1)
  const all = boxes(root)
  const most = Math.max(1, ...all.map((b) => b.measured?.rows_out ?? 0))
  const edges = all.flatMap((box) => box.inputs.map((input) => edge(box, input, most))).sort((a, b) => Number(a.hot) - Number(b.hot)) // the hot path is drawn over the others
  return { frames: [...frames.values()], edges, width, height }
}

function edge(to: PlanBox, from: PlanBox, most: number): Edge {
  const rows = from.measured?.rows_out
  const [x1, y1, x2, y2] = [to.x + boxWidth / 2, to.y + to.height, from.x + boxWidth / 2, from.y]
  const middle = y1 + 14
  return {
    key: `${to.key}-${from.key}`,
    path: x1 === x2 ? `M${x2} ${y2}V${y1}` : `M${x2} ${y2}V${middle}H${x1}V${y1}`,
    width: 1.5 + (rows ? (9 * Math.log1p(rows)) / Math.log1p(most) : 0),
    rows,
    label: { x: x2 + 10, y: y1 + 32 },
    hot: to.hot && from.hot,
  }
}
