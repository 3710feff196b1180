// The text of a plan, one operator a line and indented by depth, as a tree.
export interface PlanNode {
  text: string
  children: PlanNode[]
}

export function parsePlan(text: string): PlanNode[] {
  const roots: PlanNode[] = []
  const open: { depth: number; node: PlanNode }[] = []
  for (const line of text.split('\n')) {
    if (!line.trim()) continue
    const depth = /^\s*/.exec(line)![0].replaceAll('\t', '  ').length
    const node = { text: line.trim(), children: [] }
    while (open.length > 0 && open[open.length - 1].depth >= depth) open.pop()
    const parent = open.at(-1)?.node
    if (parent) parent.children.push(node)
    else roots.push(node)
    open.push({ depth, node })
  }
  return roots
}

/** The operator and what it does: the first word, and the rest. */
export function splitOperator(text: string): { name: string; rest: string } {
  const [, name, rest] = /^([^\s(:[{]+)(.*)$/s.exec(text) ?? [undefined, text, '']
  return { name, rest }
}
