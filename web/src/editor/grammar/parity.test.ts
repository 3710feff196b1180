// The editor's parser against the engine's, on every program of the repository. Go writes the trees that its parser makes.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parser } from './generated/parser'
import { dump, hasError } from './dump'

interface Program {
  where: string
  source: string
  tree: string
  codes?: string[]
}

const root = resolve(import.meta.dirname, '../../../..')
const corpus = JSON.parse(execFileSync('go', ['run', './engine/syntax/corpus'], { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 })) as Program[]
const accepted = corpus.filter((program) => !program.codes)
// What is wrong with an order of arguments or an empty name is beyond a grammar.
const beyond = ['DQL1008', 'DQL1036']
const rejected = corpus.filter((program) => program.codes?.some((code) => !beyond.includes(code)))

describe('the grammar of the editor', () => {
  it('is compared on hundreds of programs', () => {
    expect(accepted.length).toBeGreaterThan(400)
    expect(rejected.length).toBeGreaterThan(10)
  })

  it.each(accepted.map((program) => [program.where, program] as const))('parses as the engine does: %s', (_, { source, tree }) => {
    const parsed = parser.parse(source)
    expect(hasError(parsed), `an error in\n${source}\n${parsed}`).toBe(false)
    expect(dump(parsed, source)).toBe(tree)
  })

  it.each(rejected.map((program) => [program.where, program] as const))('marks an error where the engine does: %s', (_, { source, codes }) => {
    expect(hasError(parser.parse(source)), `no error (${codes!.join(', ')}) in\n${source}`).toBe(true)
  })
})
