// A message of the checker: what stands in backquotes is shown as code.
export function Message({ text }: { text: string }) {
  return text.split(/(`[^`\n]+`)/).map((part, i) =>
    part.startsWith('`') && part.length > 2 ? (
      <code key={i} className="rounded bg-hover px-1 font-mono text-[0.9em]">
        {part.slice(1, -1)}
      </code>
    ) : (
      part
    ),
  )
}
