// How a cell ran: its plan as a graph, the steps of planning as trees, each function with its kind, tier and cost, and each task with the worker that ran it.
import { useState } from 'react'
import type { FunctionStats, Plan, Stats, TaskStats } from '../../api/types'
import { bytes, count, duration } from '../../core/format'
import { KindBadge } from '../../ui/page'
import { PlanGraphView } from './plan_graph'
import { parsePlan, splitOperator, type PlanNode } from './plan'

export function PlanView({ plan, stats }: { plan?: Plan; stats?: Stats }) {
  const steps = plan?.steps ?? []
  const explanation = plan?.explanation
  const titles = [...(explanation ? ['Graph'] : []), ...steps.map((s) => s.title)]
  const [chosen, setChosen] = useState<string>()
  const current = titles.includes(chosen ?? '') ? chosen : explanation ? 'Graph' : titles.at(-1)
  const step = steps.find((s) => s.title === current)
  const functions = stats?.functions?.length ? stats.functions : (plan?.functions ?? [])
  return (
    <div className="space-y-5 p-4 text-sm">
      {stats && <Facts stats={stats} />}
      {functions.length > 0 && <Functions functions={functions} />}
      {current && (
        <section>
          <h4 className="eyebrow mb-2">Plan</h4>
          {titles.length > 1 && (
            <div className="mb-2 flex flex-wrap gap-1" role="group" aria-label="Views of the plan">
              {titles.map((title) => (
                <button
                  key={title}
                  type="button"
                  aria-pressed={title === current}
                  onClick={() => setChosen(title)}
                  className={`rounded-full border px-2.5 py-0.5 text-xs ${title === current ? 'border-accent bg-accent-soft text-accent' : 'border-line-strong text-muted hover:bg-hover'}`}
                >
                  {title}
                </button>
              ))}
            </div>
          )}
          {step ? (
            <div className="overflow-x-auto rounded-md border border-line bg-page p-3 font-mono text-[0.78rem] leading-relaxed" tabIndex={0} role="region" aria-label={step.title}>
              <Tree nodes={parsePlan(step.text)} />
            </div>
          ) : (
            explanation && <PlanGraphView explanation={explanation} stats={stats} />
          )}
        </section>
      )}
      {stats?.tasks && stats.tasks.length > 0 && <Tasks tasks={stats.tasks} />}
      {!current && !stats && <p className="text-muted">The plan is there once the cell has run.</p>}
    </div>
  )
}

function Tree({ nodes, nested = false }: { nodes: PlanNode[]; nested?: boolean }) {
  return (
    <ul className={nested ? 'ml-1.5 border-l border-line-strong pl-4' : ''}>
      {nodes.map((node, i) => {
        const { name, rest } = splitOperator(node.text)
        return (
          <li key={i}>
            <div className="whitespace-pre">
              <span className="font-semibold text-accent">{name}</span>
              <span>{rest}</span>
            </div>
            {node.children.length > 0 && <Tree nodes={node.children} nested />}
          </li>
        )
      })}
    </ul>
  )
}

function Facts({ stats }: { stats: Stats }) {
  const facts: [string, string][] = [
    ...(stats.queue_ms !== undefined ? [['In the queue', duration(stats.queue_ms)] as [string, string]] : []),
    ['Planned in', duration(stats.plan_ms)],
    ['Executed in', duration(stats.exec_ms)],
    ['Rows read', count(stats.rows_read)],
    ['Rows out', count(stats.rows_out)],
    ['Data read', bytes(stats.bytes_read)],
    ['Most memory', bytes(stats.peak_bytes)],
    ...(stats.spilled_bytes ? [['Written to disk', bytes(stats.spilled_bytes)] as [string, string]] : []),
  ]
  return (
    <dl className="flex flex-wrap gap-x-7 gap-y-2">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="font-medium tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const th = 'border-b border-line-strong py-1 pr-4 text-left text-xs font-medium text-muted'
const td = 'border-b border-line py-1.5 pr-4 align-top tabular-nums'

function Functions({ functions }: { functions: FunctionStats[] }) {
  return (
    <section className="overflow-x-auto" tabIndex={0} role="region" aria-label="Functions that ran">
      <table className="w-full">
        <caption className="eyebrow mb-1 text-left">Functions</caption>
        <thead>
          <tr>
            {['Function', 'Kind', 'Ran as', 'Calls', 'Rows', 'ns a row', 'Compiled in', 'Waited', 'Memory', 'Errors', 'On'].map((name) => (
              <th key={name} scope="col" className={th}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {functions.map((f, i) => (
            <tr key={`${f.name}-${i}`}>
              <td className={`${td} font-mono text-[0.8rem]`}>{f.name}</td>
              <td className={td}>{f.kind ? <KindBadge kind={f.kind} /> : ''}</td>
              <td className={td}>{f.tier ?? ''}</td>
              <td className={td}>{f.calls !== undefined ? count(f.calls) : ''}</td>
              <td className={td}>{f.rows !== undefined ? count(f.rows) : ''}</td>
              <td className={td}>{f.ns_per_row ? f.ns_per_row.toFixed(f.ns_per_row < 10 ? 1 : 0) : ''}</td>
              <td className={td} title={f.cache_hits ? 'The compiled code came from the cache' : undefined}>
                {f.compile_ms ? duration(f.compile_ms) : ''}
                {f.cache_hits ? ' (cached)' : ''}
              </td>
              <td className={td}>{f.queue_ms ? duration(f.queue_ms) : ''}</td>
              <td className={td}>{f.memory_bytes ? bytes(f.memory_bytes) : ''}</td>
              <td className={`${td} ${f.errors ? 'font-medium text-danger' : ''}`}>{f.errors ? count(f.errors) : ''}</td>
              <td className={td}>{(f.workers ?? []).join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Tasks({ tasks }: { tasks: TaskStats[] }) {
  const slowest = Math.max(...tasks.map((task) => task.ms), 0.001)
  return (
    <section className="overflow-x-auto" tabIndex={0} role="region" aria-label="Tasks">
      <table className="w-full">
        <caption className="eyebrow mb-1 text-left">Tasks</caption>
        <thead>
          <tr>
            {['Stage', 'Task', 'Ran on', 'Time', 'Rows read', 'Rows out'].map((name) => (
              <th key={name} scope="col" className={th}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <tr key={`${task.stage}-${task.task}-${task.attempt}`}>
              <td className={td}>{task.stage}</td>
              <td className={td}>
                {task.task}
                {task.attempt > 1 && <span className="text-warn"> (attempt {task.attempt})</span>}
              </td>
              <td className={td}>{task.worker}</td>
              <td className={td}>
                <span className="inline-flex items-center gap-2">
                  <span className="inline-block h-1.5 w-20 rounded bg-hover" aria-hidden>
                    <span className="block h-full rounded bg-accent" style={{ width: `${(task.ms / slowest) * 100}%` }} />
                  </span>
                  {duration(task.ms)}
                </span>
              </td>
              <td className={td}>{task.rows_read !== undefined ? count(task.rows_read) : ''}</td>
              <td className={td}>{task.rows_out !== undefined ? count(task.rows_out) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
