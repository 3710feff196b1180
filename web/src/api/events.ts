// Follows a run until it ends. Events come by EventSource, which reconnects by itself and continues after the last event it
// saw. A browser opens only six connections to one server, over all tabs, so at most two runs are followed that way and
// the others are asked about once in a while.
import { ApiError, api, take } from './client'
import type { Run, RunEvent } from './types'

const maxStreams = 2
const pollEvery = 700
let streams = 0

export interface RunListener {
  event(event: RunEvent): void
  /** The run as the server knows it: after a gap, or from polling. */
  snapshot(run: Run): void
  ended(): void
  connection(ok: boolean): void
}

export function followRun(id: string, listener: RunListener): () => void {
  return streams < maxStreams ? stream(id, listener) : poll(id, listener)
}

function stream(id: string, listener: RunListener): () => void {
  let stop = () => {}
  let open = true
  streams++
  const source = new EventSource(`/api/v1/runs/${encodeURIComponent(id)}/events`)
  const close = () => {
    if (open) streams--
    open = false
    source.close()
    stop()
  }
  const receive = (message: MessageEvent<string>) => {
    try {
      listener.event(JSON.parse(message.data) as RunEvent)
    } catch {
      // A message that is cut off is followed by a reconnection, which repeats it.
    }
  }
  for (const type of ['run.state', 'cell.state', 'cell.progress']) source.addEventListener(type, receive)
  source.onopen = () => listener.connection(true)
  source.addEventListener('end', () => {
    close()
    listener.ended()
  })
  source.onerror = () => {
    if (!open) return
    listener.connection(false)
    if (source.readyState !== EventSource.CLOSED) return // it reconnects by itself
    streams--
    open = false
    stop = poll(id, listener)
  }
  return close
}

function poll(id: string, listener: RunListener): () => void {
  const abort = new AbortController()
  let timer = 0
  const ask = async () => {
    try {
      const run = await take(api.GET('/api/v1/runs/{run}', { params: { path: { run: id } }, signal: abort.signal }))
      listener.connection(true)
      listener.snapshot(run)
      if (isFinal(run.state)) return listener.ended()
    } catch (error) {
      if (abort.signal.aborted) return
      listener.connection(false)
      if (error instanceof ApiError && !error.isTemporary) return listener.ended() // it is gone, or no longer ours to see
    }
    timer = window.setTimeout(() => void ask(), pollEvery)
  }
  void ask()
  return () => {
    abort.abort()
    window.clearTimeout(timer)
  }
}

export function isFinal(state: string): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled' || state === 'skipped'
}
