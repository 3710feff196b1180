// The plan as it ran, as a picture: a box an operator, a frame a stage, lines as wide as rows went along them. The boxes are nested lists
// too, which is what a screen reader goes through; the lines are only for the eye.
import { useMemo } from 'react'
import type { Explanation, FunctionStats, Stats } from '../../api/types'
import { bytes, count, duration, plural } from '../../core/format'
import { boxWidth, callText, chosenPath, estimateOff, lines, movedText, placeText, planGraph, type Call, type Edge, type Frame, type PlanBox } from './graph_layout'

export function PlanGraphView({ explanation, stats }: { explanation: Explanation; stats?: Stats }) {
  const graph = useMemo(() => planGraph(explanation, stats), [explanation, stats])
  if (!graph) return null
  return (
    <div className="space-y-3">
      <p className="text-xs text-muted">
        {graph.root.hot
          ? 'The result is on top. Boxes with a thick border and the words “hot path” are the way on which the most time was spent; lines are wider where more rows went.'
          : 'The result is on top. Times and rows are there once the cell has run.'}
      </p>
      <div className="max-h-[44rem] overflow-auto rounded-md border border-line bg-page" tabIndex={0} role="region" aria-label="Graph of the plan">
        <div className="relative" style={{ width: graph.width, height: graph.height }}>
          {graph.frames.map((frame) => (
            <StageFrame key={frame.stage.id} frame={frame} />
          ))}
          <svg className="absolute inset-0" width={graph.width} height={graph.height} aria-hidden>
            {graph.edges.map((edge) => (
              <Line key={edge.key} edge={edge} />
            ))}
          </svg>
          <ul aria-label="Operators, the result first">
            <Box box={graph.root} />
          </ul>
        </div>
      </div>
      <Reasons explanation={explanation} stats={stats} />
    </div>
  )
}

function StageFrame({ frame }: { frame: Frame }) {
  const { stage } = frame
  return (
    <div
      aria-hidden
      className="absolute rounded-lg border border-dashed border-line-strong bg-panel"
      style={{ left: frame.x, top: frame.y, width: boxWidth + 20, height: frame.height }}
    >
      <div className="flex justify-between px-2.5 pt-1 text-2xs text-muted">
        <span className="max-w-32 truncate">{stage.table ? `Stage ${stage.id}: ${stage.table}` : `Stage ${stage.id}`}</span>
        <span>{frame.tasks > 0 && plural(frame.tasks, 'task')}</span>
      </div>
    </div>
  )
}

function Line({ edge }: { edge: Edge }) {
  return (
    <g>
      <path d={edge.path} fill="none" stroke={edge.hot ? 'var(--accent)' : 'var(--line-strong)'} strokeWidth={edge.width} strokeLinejoin="round" />
      {edge.rows !== undefined && (
        <text x={edge.label.x} y={edge.label.y} fill="var(--muted)" fontSize="11" className="tabular-nums">
          {plural(edge.rows, 'row')}
        </text>
      )}
    </g>
  )
}

function Box({ box }: { box: PlanBox }) {
  return (
    <li>
      <div
        data-operator={box.operator.kind}
        data-hot={box.hot || undefined}
        className={`absolute flex flex-col overflow-hidden rounded-md bg-raised px-2.5 py-1.5 text-xs ${box.hot ? 'border-3 border-accent' : 'border border-line-strong'}`}
        style={{ left: box.x, top: box.y, width: boxWidth, height: box.height }}
      >
        {box.repeats ? (
          <p className="text-muted">The rows of stage {box.stage} again, which is computed once.</p>
        ) : (
          <Operator box={box} />
        )}
      </div>
      {box.inputs.length > 0 && (
        <ul aria-label={`What ${box.operator.kind.replaceAll('_', ' ')} of stage ${box.stage} takes rows of`}>
          {box.inputs.map((input) => (
            <Box key={input.key} box={input} />
          ))}
        </ul>
      )}
    </li>
  )
}

function Operator({ box }: { box: PlanBox }) {
  const { operator, measured } = box
  const expected = measured?.estimate ?? operator.estimate
  const off = estimateOff(measured)
  return (
    <>
      <div className="flex items-baseline gap-2">
        <span className="font-semibold">{operator.kind.replaceAll('_', ' ')}</span>
        <span className="sr-only">of stage {box.stage}</span>
        {box.hot && <span className="rounded-sm bg-accent px-1 text-2xs font-medium text-accent-ink">hot path</span>}
        {measured && (
          <span className="ml-auto text-muted tabular-nums">
            {Math.round(100 * measured.share)} %, {duration(measured.busy_ns / 1e6)}
          </span>
        )}
      </div>
      <div className="my-1 h-1.5 shrink-0 rounded bg-line" aria-hidden>
        {measured && <div className="h-full rounded bg-accent" style={{ width: `${100 * measured.share}%` }} />}
      </div>
      <div className="line-clamp-3 shrink-0 font-mono text-2xs leading-4 wrap-anywhere" style={{ WebkitLineClamp: lines(operator.text, 36, 3) }}>
        {operator.text}
      </div>
      {measured && (
        <div className="text-muted tabular-nums">
          {count(measured.rows_in)} in, {count(measured.rows_out)} out
          {measured.rounds ? `, ${count(measured.rounds)} rounds` : ''}
          {measured.spilled_bytes ? `, ${bytes(measured.spilled_bytes)} to disk` : ''}
        </div>
      )}
      {measured && (
        <div className="text-muted tabular-nums" title="Bytes that went in and came out, and the most memory that it held at once">
          {movedText(measured)}
        </div>
      )}
      {expected ? (
        <div className={off ? 'font-medium text-warn' : 'text-muted'}>
          {count(expected)} expected{off ? `: ${off}` : ''}
        </div>
      ) : null}
      {chosenPath(operator) && <div className="truncate text-muted">{chosenPath(operator)}</div>}
      {box.calls.map((call) => (
        <Called key={call.function.function} call={call} />
      ))}
    </>
  )
}

function Called({ call }: { call: Call }) {
  const text = placeText(call.place)
  return (
    <div className="mt-1.5 border-t border-line pt-1">
      <div className="truncate">
        <span className="font-mono text-2xs font-semibold">{shortName(call.function.function)}</span>
        <span className="text-muted"> {mechanism(call.function.tier, call.measured)}</span>
      </div>
      {callText(call) && <div className="text-2xs leading-[15px] text-muted tabular-nums">{callText(call)}</div>}
      <div className="line-clamp-4 text-2xs leading-[15px] text-muted" style={{ WebkitLineClamp: lines(text, 44, 4) }}>
        {text}
      </div>
    </div>
  )
}

const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

const mechanism = (tier: string, measured?: FunctionStats): string =>
  [measured?.tier || tier, measured?.ns_per_row ? `${measured.ns_per_row.toFixed(measured.ns_per_row < 10 ? 1 : 0)} ns a row` : ''].filter(Boolean).join(', ')

/** Where every function ran, and why, in full sentences: those too that became part of the query's own expressions. */
function Reasons({ explanation, stats }: { explanation: Explanation; stats?: Stats }) {
  if (!explanation.functions?.length) return null
  const stages = (ids: number[] = []) => (ids.length > 0 ? `, ${ids.length === 1 ? 'stage' : 'stages'} ${ids.join(', ')}` : '')
  return (
    <section aria-label="Where functions ran, and why">
      <h5 className="eyebrow mb-1">Where functions ran, and why</h5>
      <ul className="space-y-2 text-xs">
        {explanation.functions.map((f) => {
          const workers = stats?.functions?.find((m) => m.name === f.function)?.workers ?? []
          const where = { inlined: 'in the query’s own expressions', nowhere: 'nowhere' }[f.runs] ?? `in the executors${workers.length > 0 ? ` of ${workers.join(', ')}` : ''}${stages(f.stages)}`
          return (
            <li key={f.function}>
              <span className="font-mono font-semibold">{f.function}</span> ran {where}
              {f.tier ? ` (${f.tier})` : ''}: {f.why}.
              {f.places && (
                <ul className="ml-4 list-disc text-muted">
                  {f.places.map((p) => (
                    <li key={`${p.stage}.${p.index}`}>
                      In {p.operator.replaceAll('_', ' ')} of stage {p.stage}. {placeText(p)}
                    </li>
                  ))}
                </ul>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
