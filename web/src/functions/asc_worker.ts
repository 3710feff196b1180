// The AssemblyScript compiler, in a worker of its own: it is large, and a text may take it long. One message in, one out.
import { main } from 'assemblyscript/asc'

export interface CompileRequest {
  id: number
  source: string
}

/** Offsets are in the source; end is missing where the compiler names no place. */
export interface CompileMessage {
  error: boolean
  text: string
  start?: number
  end?: number
}

export interface CompileAnswer {
  id: number
  module?: Uint8Array<ArrayBuffer>
  messages: CompileMessage[]
}

const file = 'cell.ts'
/** A whole module has this many bytes at most; the server takes no larger one. */
const largest = 4 << 20

async function compile({ id, source }: CompileRequest): Promise<CompileAnswer> {
  const messages: CompileMessage[] = []
  let module: Uint8Array | undefined
  const { error, stderr } = await main([file, '-O3', '--runtime', 'stub', '-o', 'cell.wasm'], {
    readFile: (name) => (name === file ? source : null),
    writeFile: (name, data) => {
      if (name === 'cell.wasm' && typeof data !== 'string') module = data
    },
    listFiles: () => [],
    reportDiagnostic: ({ message, category, range }) => {
      const own = range && 'start' in range && range.source?.normalizedPath === file
      messages.push({ error: category === 3, text: message, ...(own ? { start: range.start, end: range.end } : {}) })
    },
  })
  if (error && !messages.some((m) => m.error)) messages.push({ error: true, text: String(stderr) || error.message })
  if (module && module.length > largest) messages.push({ error: true, text: 'The compiled module is larger than 4 MiB' })
  const failed = messages.some((m) => m.error)
  return { id, messages, module: failed || !module ? undefined : new Uint8Array(module) }
}

// What is sent before this point could be lost, since the compiler above is loaded asynchronously.
postMessage('ready')
addEventListener('message', (event: MessageEvent<CompileRequest>) => {
  void compile(event.data)
    .catch((error: unknown): CompileAnswer => ({ id: event.data.id, messages: [{ error: true, text: error instanceof Error ? error.message : String(error) }] }))
    .then((answer) => postMessage(answer))
})
