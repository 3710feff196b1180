// Chooses functions and a notebook, and puts the import there.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { notebooksQuery } from '../api/queries'
import type { PackageVersion } from '../api/types'
import { navigate, paths } from '../core/router'
import { Button } from '../ui/button'
import { Code } from '../ui/code'
import { Dialog } from '../ui/dialog'
import { toast, toastError } from '../ui/toast'
import { addImport, newNotebook, recent } from './notebook_actions'
import { importLine } from './package'

const fresh = ''

export function InsertImport({ open, onClose, version }: { open: boolean; onClose(): void; version: PackageVersion }) {
  const names = useMemo(() => version.functions.map((f) => f.name), [version])
  const [chosen, setChosen] = useState<string[]>(names.slice(0, 1))
  const notebooks = useQuery({ ...notebooksQuery, enabled: open }).data ?? []
  const [target, setTarget] = useState<string>()
  const [busy, setBusy] = useState(false)
  const preferred = notebooks.find((n) => n.id === recent.get())?.id ?? notebooks[0]?.id ?? fresh
  const notebook = target ?? preferred
  const functions = names.filter((name) => chosen.includes(name))
  const line = importLine(version, functions)

  const insert = async () => {
    setBusy(true)
    try {
      if (notebook === fresh) await newNotebook(`Trying ${version.scope}/${version.name}`, line)
      else {
        await addImport(notebook, line)
        navigate(paths.notebook(notebook))
      }
      toast('The import is in the notebook.')
      onClose()
    } catch (error) {
      toastError(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog open={open} onClose={onClose} title="Insert import into notebook" description="It goes to the top, where every cell below can use it.">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void insert()
        }}
        className="space-y-4"
      >
        <fieldset>
          <legend className="mb-1 text-sm font-medium">Functions</legend>
          <div className="flex max-h-40 flex-wrap gap-x-4 gap-y-1 overflow-auto">
            {names.map((name) => (
              <label key={name} className="inline-flex items-center gap-1.5 text-sm">
                <input
                  type="checkbox"
                  className="accent-accent"
                  checked={chosen.includes(name)}
                  onChange={(event) => setChosen(event.target.checked ? [...chosen, name] : chosen.filter((other) => other !== name))}
                />
                <span className="font-mono text-[0.83rem]">{name}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label className="block text-sm font-medium">
          Notebook
          <select className="field mt-1 block w-full font-normal" value={notebook} onChange={(event) => setTarget(event.target.value)}>
            {notebooks.map((n) => (
              <option key={n.id} value={n.id}>
                {n.title}
              </option>
            ))}
            <option value={fresh}>A new notebook</option>
          </select>
        </label>
        <div className="rounded-md border border-line bg-page px-3 py-2">
          <Code source={functions.length ? line : '// choose at least one function'} />
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={busy || functions.length === 0}>
            Insert
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
