import { describe, expect, it, vi } from 'vitest'
import type { Row } from '../api/types'
import { PageCache } from './pages'

interface Request {
  offset: number
  signal: AbortSignal
  answer(rows: Row[]): void
  fail(error: Error): void
}

function setup(options = {}) {
  const requests: Request[] = []
  const changed = vi.fn()
  const cache = new PageCache(
    (offset, _limit, signal) => new Promise((answer, fail) => requests.push({ offset, signal, answer, fail })),
    changed,
    { pageSize: 10, capacity: 2, ...options },
  )
  const rows = (offset: number) => Array.from({ length: 10 }, (_, i) => ({ n: offset + i }))
  const settle = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(resolve))))
  return { requests, cache, rows, changed, settle }
}

describe('PageCache', () => {
  it('fetches each page that is looked at once', async () => {
    const { cache, requests, rows, changed, settle } = setup()
    cache.want(5, 15)
    cache.want(5, 15)
    expect(requests.map((r) => r.offset)).toEqual([0, 10])
    requests[0].answer(rows(0))
    await settle()
    expect(cache.row(7)).toEqual({ n: 7 })
    expect(cache.row(12)).toBeUndefined()
    expect(changed).toHaveBeenCalledTimes(1)
  })

  it('drops a request when its rows have scrolled away, and asks again when they come back', async () => {
    const { cache, requests, rows, settle } = setup()
    cache.want(0, 5)
    cache.want(2_999_990, 3_000_000)
    expect(requests[0].signal.aborted).toBe(true)
    requests[0].answer(rows(0)) // too late: nobody waits for it
    await settle()
    expect(cache.row(0)).toBeUndefined()
    cache.want(0, 5)
    expect(requests.map((r) => r.offset)).toEqual([0, 2_999_990, 0])
  })

  it('keeps the most recently used pages only', async () => {
    const { cache, requests, rows, settle } = setup()
    for (const offset of [0, 10, 0, 20]) {
      cache.want(offset, offset + 1)
      requests.at(-1)?.answer(rows(requests.at(-1)!.offset))
      await settle()
    }
    expect(cache.row(0)).toEqual({ n: 0 }) // used after page 1
    expect(cache.row(10)).toBeUndefined()
    expect(cache.row(20)).toEqual({ n: 20 })
  })

  it('remembers a failure until it is told to retry', async () => {
    const { cache, requests, settle } = setup()
    cache.want(0, 1)
    requests[0].fail(new Error('gone'))
    await settle()
    cache.want(0, 1)
    expect(cache.errorAt(0)?.message).toBe('gone')
    expect(requests).toHaveLength(1)
    cache.retry()
    cache.want(0, 1)
    expect(requests).toHaveLength(2)
  })
})
