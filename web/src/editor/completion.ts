// What can be typed here. The choice is made from what the server has told us: functions, datasets with their columns, packages,
// and the columns of results; it is a pure function of the text before the cursor and that knowledge.
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete'
import type { Builtin, Column, DatasetSummary, PackageSummary } from '../api/types'

export interface Knowledge {
  functions: Builtin[]
  datasets: DatasetSummary[]
  packages: PackageSummary[]
  /** Sources of the other cells, whose bindings and imports are in scope. */
  cells: string[]
  /** Columns of this cell's result, if it has been checked. */
  columns: Column[]
}

const keywords = ['import', 'param', 'match', 'if', 'else', 'and', 'or', 'not', 'in', 'is', 'true', 'false', 'none']

export function completionsFor(before: string, source: string, known: Knowledge): { from: number; options: Completion[] } | null {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  if (/\/\/[^\n]*$/.test(line) || insideString(line)) return null

  const importing = /^\s*import\s+([\w/]*)$/.exec(line)
  if (importing) return { from: before.length - importing[1].length, options: imports(known) }

  const importedName = /^\s*import\s+([\w-]+)\/([\w-]+)\S*\s*\(([^)]*?)(\w*)$/.exec(line)
  if (importedName) {
    const found = known.packages.find((p) => p.scope === importedName[1] && p.name === importedName[2])
    return { from: before.length - importedName[4].length, options: (found?.functions ?? []).map((label) => ({ label, type: 'function' })) }
  }

  const word = /([$@.]?[\p{L}_][\p{L}\p{N}_]*|[$@.])$/u.exec(before)?.[0] ?? ''
  const sigil = /^[$@.]/.exec(word)?.[0] ?? ''
  const from = before.length - word.length + sigil.length
  const rest = before.slice(0, before.length - word.length)
  const everything = [...known.cells, source].join('\n')

  if (sigil === '$') return { from, options: params(everything) }
  if (sigil) return { from, options: columns(source, known) }
  const afterPipe = /->\s*$/.test(rest)
  if (!word && !afterPipe) return null
  if (afterPipe) return { from, options: stages(known) }
  return {
    from,
    options: unique([...columns(source, known), ...datasets(known), ...bindings(everything), ...functions(known), ...keywords.map((label) => ({ label, type: 'keyword', boost: -1 }))]),
  }
}

export function completionSource(known: () => Knowledge): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const source = context.state.doc.toString()
    const found = completionsFor(source.slice(0, context.pos), source, known())
    if (!found || found.options.length === 0) return null
    if (!context.explicit && found.from === context.pos && !/(->\s|import\s|[$@.(])$/.test(source.slice(0, context.pos))) return null
    return { ...found, validFor: /^[\p{L}\p{N}_/]*$/u }
  }
}

function insideString(line: string): boolean {
  return (line.replace(/\\./g, '').match(/'/g)?.length ?? 0) % 2 === 1
}

function imports(known: Knowledge): Completion[] {
  return known.packages.map((p) => ({
    label: `${p.scope}/${p.name}`,
    type: 'namespace',
    detail: p.version,
    info: p.description,
    apply: `${p.scope}/${p.name}@^${p.version.split('.').slice(0, 2).join('.')} (${(p.functions ?? [])[0] ?? ''})`,
  }))
}

const stages = (known: Knowledge): Completion[] => known.functions.map((f) => completionOf(f, f.kind === 'stage' ? 1 : -1))
const functions = (known: Knowledge): Completion[] => known.functions.filter((f) => f.kind !== 'stage').map((f) => completionOf(f, -1))

function completionOf(f: Builtin, boost: number): Completion {
  return { label: f.name, type: 'function', detail: f.kind, boost, info: [...f.signatures.slice(0, 3), '', f.doc].join('\n') }
}

function datasets(known: Knowledge): Completion[] {
  return known.datasets.map((d) => ({ label: quoted(d.name), type: 'class', detail: `${d.rows.toLocaleString('en-US')} rows`, info: d.description }))
}

/** Columns of the datasets that the cell names, and of its result. */
function columns(source: string, known: Knowledge): Completion[] {
  const named = known.datasets.filter((d) => new RegExp(`(^|[^\\w])${escape(d.name)}($|[^\\w])`).test(source))
  const found = named.flatMap((d) => d.columns.map((c) => ({ label: quoted(c.name), type: 'property', detail: `${c.type} · ${d.name}`, boost: 2 })))
  const own = known.columns.map((c) => ({ label: quoted(c.name), type: 'property', detail: c.type, boost: 1 }))
  return unique([...found, ...own])
}

function bindings(text: string): Completion[] {
  const found: Completion[] = []
  for (const [, name] of text.matchAll(/^\s*(?:export\s+)?([\p{L}_]\w*)\s*=(?![=>])/gmu)) found.push({ label: name, type: 'variable', boost: 1 })
  for (const [, list] of text.matchAll(/^\s*import\s+\S+(?:\s+as\s+\w+)?\s*\(([^)]*)\)/gm)) {
    for (const item of list.split(',')) {
      const name = item.trim().split(/\s+as\s+/).at(-1)
      if (name) found.push({ label: name, type: 'function', detail: 'imported', boost: 1 })
    }
  }
  return found
}

function params(text: string): Completion[] {
  return unique([...text.matchAll(/^\s*param\s+([\p{L}_]\w*)\s*:\s*([^=\n]*)/gmu)].map(([, label, type]) => ({ label, type: 'variable', detail: type.trim() })))
}

function unique(options: Completion[]): Completion[] {
  return [...new Map(options.toReversed().map((option) => [option.label, option])).values()].toReversed()
}

const quoted = (name: string): string => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `\`${name}\``)
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
