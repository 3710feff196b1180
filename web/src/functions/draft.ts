// A package that is being made of a function cell.
import type { Cell, CellPackage, FunctionDoc } from '../api/types'

export interface DraftFunction {
  name: string
  signature: string
  doc: string
  examples: { call: string; result: string }[]
}

export interface Draft {
  /** Undefined until a person has written one. */
  scope?: string
  name: string
  version: string
  description: string
  license: string
  functions: DraftFunction[]
}

export function emptyDraft(functions: FunctionDoc[], scope: string): Draft {
  const first = functions[0]
  return {
    scope: scope || undefined,
    name: first?.name.toLowerCase().replace(/[^a-z0-9_]/g, '_') ?? '',
    version: '0.1.0',
    description: first?.doc?.split('\n')[0] ?? '',
    license: 'Apache-2.0',
    functions: functions.map((f) => ({ name: f.name, signature: f.signature, doc: f.doc ?? '', examples: (f.examples ?? []).map(({ call, result }) => ({ call, result })) })),
  }
}

export function requestOf(draft: Draft, cell: Cell): CellPackage {
  const { scope = '', name, version, description, license, functions } = draft
  const typed = (cell.language ?? 'dreamql') === 'dreamql'
  return {
    source: cell.source,
    language: cell.language,
    scope: scope.trim(),
    name: name.trim(),
    version: version.trim(),
    description,
    license,
    functions: functions.map((f) => ({ name: f.name, doc: f.doc, ...(typed ? { signature: f.signature } : {}), examples: f.examples })),
  }
}

/** The version after one, with something new in it. */
export function afterwards(version: string): string {
  const [major, minor] = version.split('.').map(Number)
  return `${major || 0}.${(minor || 0) + 1}.0`
}
