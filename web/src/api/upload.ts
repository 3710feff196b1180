// Uploads a file as a dataset. XMLHttpRequest, because fetch tells nothing about how much has been sent.
import { ApiError, asProblem, idempotencyKey } from './client'
import { signedOut } from './session'
import type { Dataset } from './types'

export type UploadMode = 'create' | 'replace' | 'append'

export interface Upload {
  done: Promise<Dataset>
  cancel(): void
}

export function uploadDataset(file: File, name: string | undefined, mode: UploadMode, progress: (sent: number) => void): Upload {
  const request = new XMLHttpRequest()
  const done = new Promise<Dataset>((resolve, reject) => {
    const query = new URLSearchParams({ filename: file.name, mode, ...(name && { name }) })
    request.open('POST', `/api/v1/datasets?${query}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.setRequestHeader('Idempotency-Key', idempotencyKey())
    request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 1)
    request.onload = () => {
      const body = parse(request.responseText)
      if (request.status >= 200 && request.status < 300) return resolve(body as Dataset)
      if (request.status === 401) signedOut()
      reject(new ApiError(request.status, asProblem(body)))
    }
    request.onerror = () => reject(new ApiError(0, {}))
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
