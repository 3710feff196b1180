// What the imports of a notebook mean: the versions that its first run locked, and a way to newer ones.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowUpCircle } from 'lucide-react'
import { api, take } from '../api/client'
import { notebookPackagesQuery } from '../api/queries'
import type { NotebookPackage } from '../api/types'
import { linkTo, paths } from '../core/router'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { Failure, Loading } from '../ui/page'
import { toast, toastError } from '../ui/toast'

export function LockedPackages({ notebook, open, onClose }: { notebook: string; open: boolean; onClose(): void }) {
  const lock = useQuery({ ...notebookPackagesQuery(notebook), enabled: open })
  const client = useQueryClient()
  const upgrade = useMutation({
    mutationFn: (name?: string) =>
      take(api.POST('/api/v1/notebooks/{notebook}/packages/upgrade', { params: { path: { notebook } }, body: name ? { package: name } : {} })),
    onSuccess: (after) => {
      toast(upgraded(lock.data ?? [], after.items))
      client.setQueryData(notebookPackagesQuery(notebook).queryKey, after.items)
    },
    onError: toastError,
  })
  const items = lock.data ?? []
  return (
    <Dialog wide open={open} onClose={onClose} title="Locked packages" description="A notebook gives the same results tomorrow: its first run locks the version and the bytes of what it imports. Only an upgrade changes them.">
      {lock.isError ? (
        <Failure error={lock.error} retry={() => void lock.refetch()} />
      ) : lock.isPending ? (
        <Loading label="Loading the locked packages" />
      ) : items.length === 0 ? (
        <p className="text-sm text-muted">
          Nothing is locked yet. Import a function, as in <code>import std/geo (haversine)</code>, and run its cell; or <a {...linkTo(paths.packages)} className="font-medium text-accent underline underline-offset-2">browse the packages</a>.
        </p>
      ) : (
        <>
          <div className="overflow-x-auto">
            <table className="w-full text-sm">
              <thead>
                <tr className="text-left text-muted">
                  <th className="py-1 pr-4 font-medium">Package</th>
                  <th className="py-1 pr-4 font-medium">Version</th>
                  <th className="py-1 pr-4 font-medium">SHA-256</th>
                  <th className="py-1 font-medium">
                    <span className="sr-only">Upgrade</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.package} className="border-t border-line">
                    <th scope="row" className="py-1.5 pr-4 text-left font-mono font-normal">
                      {item.package}
                    </th>
                    <td className="py-1.5 pr-4">
                      {item.version}
                      {item.yanked && <span className="ml-2 text-danger">yanked</span>}
                    </td>
                    <td className="py-1.5 pr-4 font-mono text-xs" title={item.digest}>
                      {item.digest.slice(0, 12)}…
                    </td>
                    <td className="py-1 text-right">
                      {isBehind(item) ? (
                        <Button disabled={upgrade.isPending} icon={<ArrowUpCircle size={14} />} onClick={() => upgrade.mutate(item.package)} aria-label={`Upgrade ${item.package}`}>
                          {item.newest}
                        </Button>
                      ) : (
                        <span className="text-muted">newest</span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="mt-4 flex items-center justify-between gap-4">
            <p className="text-xs text-muted">An upgrade takes the newest version that the imports allow. Run the cells again to see what it changes.</p>
            <Button tone="primary" disabled={upgrade.isPending || !items.some(isBehind)} onClick={() => upgrade.mutate(undefined)}>
              Upgrade all
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

export const isBehind = (item: Pick<NotebookPackage, 'version' | 'newest'>): boolean => item.version !== item.newest

/** What an upgrade has done, in a sentence. */
export function upgraded(before: Pick<NotebookPackage, 'package' | 'version'>[], after: Pick<NotebookPackage, 'package' | 'version'>[]): string {
  const was = new Map(before.map((item) => [item.package, item.version]))
  const changed = after.filter((item) => was.get(item.package) !== item.version)
  if (changed.length === 0) return 'The imports allow nothing newer.'
  return `Upgraded ${changed.map((item) => `${item.package} to ${item.version}`).join(', ')}.`
}
