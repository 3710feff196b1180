// Compiles AssemblyScript in a worker, which is started when the first text needs it. A text that takes too long ends the worker.
import type { CompileAnswer, CompileRequest } from './asc_worker'

const patience = 60_000

export class Compiler {
  private worker: Worker | undefined
  private isReady = false
  private readonly unsent: CompileRequest[] = []
  private next = 1
  private readonly waiting = new Map<number, (answer: CompileAnswer) => void>()

  compile(source: string): Promise<CompileAnswer> {
    const id = this.next++
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end('The compiler was stopped, because it took longer than a minute'), patience)
      this.waiting.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      const worker = this.started()
      if (this.isReady) worker.postMessage({ id, source } satisfies CompileRequest)
      else this.unsent.push({ id, source })
    })
  }

  close(): void {
    this.end('The notebook was closed')
  }

  private started(): Worker {
    if (this.worker) return this.worker
    const worker = new Worker(new URL('./asc_worker.ts', import.meta.url), { type: 'module', name: 'AssemblyScript' })
    worker.onmessage = ({ data }: MessageEvent<CompileAnswer | 'ready'>) => {
      if (data === 'ready') {
        this.isReady = true
        for (const request of this.unsent.splice(0)) worker.postMessage(request)
        return
      }
      const answer = this.waiting.get(data.id)
      this.waiting.delete(data.id)
      answer?.(data)
    }
    worker.onerror = (event) => this.end(`The compiler could not be loaded: ${event.message || 'is the server still there?'}`)
    this.worker = worker
    return worker
  }

  private end(text: string): void {
    this.worker?.terminate()
    this.worker = undefined
    this.isReady = false
    this.unsent.length = 0
    const all = [...this.waiting]
    this.waiting.clear()
    for (const [id, answer] of all) answer({ id, messages: [{ error: true, text }] })
  }
}
