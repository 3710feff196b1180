// An address without a page.
import { MapPinOff } from 'lucide-react'
import { linkTo, paths } from '../core/router'
import { useTitle } from '../ui/page'

export function NotFound({ what = 'page' }: { what?: string }) {
  useTitle('Not found')
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-24 text-center">
      <MapPinOff size={36} className="mb-4 text-accent" />
      <h1 className="text-xl font-semibold">There is no such {what}</h1>
      <p className="mt-2 text-sm text-muted">It may have been deleted or renamed, or the address has a slip in it.</p>
      <p className="mt-5 flex gap-4 text-sm">
        <a {...linkTo(paths.notebooks)} className="font-medium text-accent underline underline-offset-2">
          Notebooks
        </a>
        <a {...linkTo(paths.datasets)} className="font-medium text-accent underline underline-offset-2">
          Datasets
        </a>
        <a {...linkTo(paths.packages)} className="font-medium text-accent underline underline-offset-2">
          Packages
        </a>
      </p>
    </div>
  )
}
