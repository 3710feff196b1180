// Writes a tree of the editor's parser in the form of syntax.Dump (engine/syntax/dump.go), so that the two parsers can be compared.
// The grammar has the structure; what is decided here is how a node is named by its parts: braces are a record, a grouping or a
// block, a name is an expression, a pattern or an identifier, and parentheses leave no trace.
import type { SyntaxNode, Tree } from '@lezer/common'

/** Where the text is no program: an error that the parser went on from, or a string that does not end. */
export function hasError(tree: Tree): boolean {
  let found = false
  tree.iterate({
    enter(node) {
      found ||= node.type.isError || node.name === 'BadString'
    },
  })
  return found
}

/** One line a statement. */
export function dump(tree: Tree, text: string): string {
  return children(tree.topNode)
    .map((node) => statement(node, text))
    .join('\n')
}

type Field = string | false | undefined

const node = (type: string, ...fields: Field[]): string => `(${[type, ...fields.filter((field) => field)].join(' ')})`
const list = (items: string[]): string => `[${items.join(' ')}]`
const some = (items: string[]): Field => items.length > 0 && list(items)
const field = (label: string, value: Field): Field => value && `${label}=${value}`
const quote = (text: string): Field => text !== '' && JSON.stringify(text)

const comments = new Set(['LineComment', 'BlockComment'])

/** All named children but comments. */
function children(of: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = of.firstChild; child; child = child.nextSibling) if (!comments.has(child.name)) found.push(child)
  return found
}

const child = (of: SyntaxNode, name: string): SyntaxNode | null => of.getChild(name)

const has = (of: SyntaxNode, name: string): boolean => children(of).some((c) => c.name === name)

/** The children behind the first token of that name. */
function behind(of: SyntaxNode, name: string): SyntaxNode[] {
  const all = children(of)
  const at = all.findIndex((c) => c.name === name)
  return at < 0 ? [] : all.slice(at + 1)
}

const source = (of: SyntaxNode, text: string): string => text.slice(of.from, of.to)

function name(of: SyntaxNode, text: string): string {
  const written = source(of, text)
  return written.startsWith('`') ? written.slice(1, -1) : written
}

const ident = (of: SyntaxNode, text: string): string => node('Ident', quote(name(of, text)))

// Statements.

function statement(of: SyntaxNode, text: string): string {
  switch (of.name) {
    case 'Import':
      return imported(of, text)
    case 'Param': {
      const value = behind(of, '=')[0]
      return node('Param', ident(child(of, 'Name')!, text), `Type=${type(child(of, 'TypeExpr')!, text)}`, field('Default', value && expr(value, text)))
    }
    case 'TypeDef':
      return node('TypeDef', ident(child(of, 'Name')!, text), `Type=${type(child(of, 'TypeExpr')!, text)}`)
    case 'Bind':
      return bind(of, text)
    default: {
      const note = child(of, 'Annotation')
      return node('ExprStmt', expr(children(of).at(-1)!, text), note ? field('Note', annotation(note, text)) : undefined)
    }
  }
}

function imported(of: SyntaxNode, text: string): string {
  const path = child(of, 'PackagePath')
  const pkg = path
    ? children(path)
        .map((part) => (part.name === 'Name' ? name(part, text) : part.name))
        .join('')
    : unescape(source(child(of, 'ModulePath')!, text).slice(1, -1))
  const version = child(of, 'Version')
  const alias = child(of, 'Alias')
  const names = child(of, 'ImportNames')?.getChildren('ImportName') ?? []
  return node(
    'Import',
    field('Package', quote(pkg)),
    path ? undefined : 'Local=true',
    field('Version', version ? quote(source(version, text)) : undefined),
    field('As', alias ? ident(child(alias, 'Name')!, text) : undefined),
    field(
      'Names',
      some(
        names.map((each) => {
          const [own, as] = each.getChildren('Name')
          return node('ImportName', ident(own, text), as && ident(as, text))
        }),
      ),
    ),
  )
}

function bind(of: SyntaxNode, text: string): string {
  const note = child(of, 'Annotation')
  const pattern = child(of, 'RecordPat')
  return node(
    'Bind',
    has(of, 'export') && 'Export=true',
    pattern ? field('Pattern', recordPattern(pattern, text)) : ident(child(of, 'Name')!, text),
    field('Value', expr(behind(of, '=')[0], text)),
    note ? field('Note', annotation(note, text)) : undefined,
  )
}

function annotation(of: SyntaxNode, text: string): string {
  const given = child(of, 'Args')
  return node('Annotation', ident(child(of, 'Name')!, text), field('Args', some((given?.getChildren('Arg') ?? []).map((arg) => expr(children(arg)[0], text)))))
}

// Types.

function type(of: SyntaxNode, text: string): string {
  const [form] = children(of)
  const optional = has(of, '?')
  if (form.name === 'ParenType' && !optional) return type(child(form, 'TypeExpr')!, text)
  const inner = form.name === 'ParenType' ? type(child(form, 'TypeExpr')!, text).slice(1, -1) : typeForm(form, text)
  return `(${inner}${optional && !/ Optional=true$/.test(inner) ? ' Optional=true' : ''})`
}

function typeForm(of: SyntaxNode, text: string): string {
  const types = of.getChildren('TypeExpr').map((each) => type(each, text))
  const is = (...fields: Field[]) => node('TypeExpr', ...fields).slice(1, -1)
  switch (of.name) {
    case 'NameType':
      return is(quote(name(child(of, 'Name')!, text)), field('Args', some(types)), field('Ints', some(of.getChildren('Number').map((n) => source(n, text)))))
    case 'ListType':
      return is(`List=${types[0]}`)
    case 'FuncType':
      return is('Func=true', field('Params', some(types.slice(0, -1))), `Result=${types.at(-1)}`)
    default: {
      const fields = of.getChildren('TypeField').map((each) => node('TypeField', key(children(each)[0], text), type(child(each, 'TypeExpr')!, text)))
      const rest = child(of, 'Rest')
      const row = rest && child(rest, 'Name')
      return is('Record=true', field('Fields', some(fields)), rest ? 'Open=true' : undefined, row ? field('Row', quote(name(row, text))) : undefined)
    }
  }
}

// Expressions.

function expr(of: SyntaxNode, text: string): string {
  const all = children(of)
  const at = (i: number) => expr(all[i], text)
  switch (of.name) {
    case 'Name':
      return node('Name', quote(name(of, text)))
    case 'ParamRef':
    case 'ColumnRef':
      return node(of.name, quote(name(child(of, 'Name')!, text)))
    case 'Number': {
      const digits = source(of, text).replaceAll('_', '')
      return node('Number', field('Text', quote(digits)), !/[.eE]/.test(digits) && 'Int=true')
    }
    case 'Duration': {
      const [, count, unit] = /^([\d_]+)(\w+)$/.exec(source(of, text))!
      return node('DurationLit', field('Count', quote(count.replaceAll('_', ''))), field('Unit', quote(unit)))
    }
    case 'String':
      return string(of, text)
    case 'Interp':
      return interpolated(of, text)
    case 'Bool':
      return node('Bool', has(of, 'true') && 'true')
    case 'None':
      return node('None')
    case 'Paren':
      return at(1)
    case 'List':
      return node('List', some(all.filter((c) => !'[],'.includes(c.name)).map((c) => expr(c, text))))
    case 'Braces':
      return braces(of, text)
    case 'Match':
      return match(of, text)
    case 'If':
      return node('If', `Cond=${at(1)}`, `Then=${branch(all[2], text)}`, `Else=${branch(all[4], text)}`)
    case 'Lambda':
      return lambda(of, text)
    case 'Pipe':
      return pipe(of, text)
    case 'Call':
      return node('Call', `Fn=${at(0)}`, `Args=${args(all[1], text)}`)
    case 'Member':
      return node('Member', at(0), ident(all[2], text), all[1].name === '?.' && 'Optional=true')
    case 'Index':
      return node('Index', at(0), `I=${at(2)}`)
    case 'Unary':
      return node('Unary', field('Op', quote(all[0].name)), at(1))
    case 'Binary':
      return node('Binary', field('Op', quote(all[1].name)), at(0), `Y=${at(2)}`)
    case 'In':
      return node('In', at(0), `Set=${expr(all.at(-1)!, text)}`, has(of, 'not') && 'Not=true')
    case 'IsNone':
      return node('IsNone', at(0), has(of, 'not') && 'Not=true')
    case 'Range': {
      const op = all.findIndex((c) => c.name === '..' || c.name === '..<')
      return node('Range', field('Lo', all[op - 1] && at(op - 1)), field('Hi', all[op + 1] && at(op + 1)), all[op].name === '..<' && 'HalfOpen=true')
    }
    default:
      throw new Error(`an expression of an unknown kind: ${of.name}`)
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0' }

function unescape(text: string): string {
  return text.replace(/\\(u\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|.)/gu, (_, written: string, rune?: string, byte?: string) => {
    const hex = rune ?? byte
    return hex ? String.fromCodePoint(parseInt(hex, 16)) : (escapes[written] ?? written)
  })
}

function string(of: SyntaxNode, text: string): string {
  const [, prefix, body] = /^(\w*)'(.*)'$/su.exec(source(of, text))!
  return node('String', field('Prefix', quote(prefix)), field('Value', quote(prefix === 'r' ? body : unescape(body))))
}

function interpolated(of: SyntaxNode, text: string): string {
  const parts: string[] = []
  let from = of.from + 2
  const upTo = (to: number) => {
    if (from < to) parts.push(node('String', field('Value', quote(unescape(text.slice(from, to))))))
  }
  for (const part of of.getChildren('Interpolation')) {
    upTo(part.from)
    parts.push(expr(children(part).find((c) => c.name !== 'interpOpen' && c.name !== '}')!, text))
    from = part.to
  }
  upTo(of.to - 1)
  return node('Interp', some(parts))
}

function lambda(of: SyntaxNode, text: string): string {
  const [head] = children(of)
  const params =
    head.name === 'LambdaName'
      ? [node('LambdaParam', ident(child(head, 'Name')!, text))]
      : head.getChildren('LambdaParam').map((param) => {
          const own = child(param, 'TypeExpr')
          const value = behind(param, '=')[0]
          return node('LambdaParam', ident(child(param, 'Name')!, text), field('Type', own ? type(own, text) : undefined), field('Default', value && expr(value, text)))
        })
  const result = child(of, 'TypeExpr')
  return node('Lambda', field('Params', some(params)), field('Result', result ? type(result, text) : undefined), `Body=${expr(children(of).at(-1)!, text)}`)
}

function pipe(of: SyntaxNode, text: string): string {
  const inner = child(of, 'BarePipe')
  if (inner) {
    const [input, record] = children(inner)
    return node('Pipe', `Input=${expr(input, text)}`, `Stage=${braces(record, text)}`, 'Bare=true')
  }
  const input = children(of)[0]
  const given = behind(of, 'Arrow')
  const [stage, more] = given
  const parts: Field[] = [`Input=${expr(input, text)}`]
  switch (stage.name) {
    case 'Path':
      parts.push(`Stage=${path(stage, text)}`, more && field('Args', args(more, text)))
      break
    case '(':
      parts.push(`Stage=${lambda(given[1], text)}`)
      break
    default:
      parts.push(`Stage=${expr(stage, text)}`)
  }
  return node('Pipe', ...parts)
}

function path(of: SyntaxNode, text: string): string {
  const [first, ...rest] = of.getChildren('Name')
  return rest.reduce((inner, part) => node('Member', inner, ident(part, text)), expr(first, text))
}

function args(of: SyntaxNode, text: string): string {
  return list(
    of.getChildren('Arg').map((arg) => {
      const label = child(arg, 'ArgName')
      return node('Arg', label ? ident(label, text) : undefined, expr(children(arg).at(-1)!, text))
    }),
  )
}

// Braces.

function branch(of: SyntaxNode, text: string): string {
  return of.name === 'Braces' ? braces(of, text, true) : expr(of, text)
}

function braces(of: SyntaxNode, text: string, isBranch = false): string {
  const entries = children(of).filter((c) => !'{},'.includes(c.name))
  const alone = isBranch && entries.length === 1 && entries[0].name === 'Pun'
  const isField = (entry: SyntaxNode) => ['Field', 'GroupField', 'GroupAll', 'Spread', 'Pun'].includes(entry.name)
  const isBlock = alone || entries.some((entry) => !isField(entry))
  const isGroup = entries.some((entry) => entry.name === 'GroupField' || entry.name === 'GroupAll')
  return node(
    'Braces',
    isBlock ? 'Kind=2' : isGroup && 'Kind=1',
    field('Entries', some(entries.map((each) => (alone ? node('ExprEntry', expr(children(each)[0], text)) : entry(each, text))))),
  )
}

function entry(of: SyntaxNode, text: string): string {
  const all = children(of)
  switch (of.name) {
    case 'Bind':
      return node('BindEntry', bind(of, text))
    case 'GroupAll':
      return node('GroupAll')
    case 'Spread':
      return node('Spread', all[1] && expr(all[1], text))
    case 'Pun':
      return node('FieldEntry', punName(all[0], text), `Value=${expr(all[0], text)}`, 'Punned=true')
    case 'Field':
      return node('FieldEntry', key(all[0], text), `Value=${expr(all[2], text)}`)
    case 'GroupField':
      if (all.length === 2) return node('FieldEntry', 'Group=true', punName(all[1], text), `Value=${expr(all[1], text)}`, 'Punned=true')
      return node('FieldEntry', 'Group=true', key(all[1], text), `Value=${expr(all[3], text)}`)
    default:
      return node('ExprEntry', expr(of, text))
  }
}

/** A name alone names its field, and so does the last part of a path. */
function punName(of: SyntaxNode, text: string): string {
  return ident(of.name === 'Name' ? of : of.getChildren('Name').at(-1)!, text)
}

function key(of: SyntaxNode, text: string): string {
  return of.name === 'Name' ? ident(of, text) : node('Ident', quote(unescape(source(of, text).replace(/^\w*'|'$/g, ''))))
}

// match.

function match(of: SyntaxNode, text: string): string {
  const all = children(of)
  const arms = all.at(-1)!
  return node('Match', all.length === 3 && `Subject=${expr(all[1], text)}`, field('Arms', some(arms.getChildren('Arm').map((arm) => matchArm(arm, text)))))
}

function matchArm(of: SyntaxNode, text: string): string {
  const head = children(of)[1]
  const guard = child(of, 'Guard')
  return node(
    'Arm',
    head.name === 'Condition' ? `Cond=${condition(children(head)[0], text)}` : `Pattern=${pattern(head, text)}`,
    guard ? `Guard=${expr(children(guard)[1], text)}` : undefined,
    `Value=${expr(children(of).at(-1)!, text)}`,
  )
}

const condition = (of: SyntaxNode, text: string): string => (of.name === 'Name' && source(of, text) === '_' ? node('Bool', 'true') : expr(of, text))

function pattern(of: SyntaxNode, text: string): string {
  const all = children(of)
  switch (of.name) {
    case 'OrPat':
      return node('OrPat', list(all.filter((c) => c.name !== 'or').map((c) => pattern(c, text))))
    case 'NamePat':
      return source(of, text) === '_' ? node('AnyPat') : node('NamePat', quote(name(of, text)))
    case 'NonePat':
      return node('NonePat')
    case 'SomePat':
      return node('SomePat', pattern(all[1], text))
    case 'ComparePat':
      return node('ComparePat', field('Op', quote(all[0].name)), expr(all[1], text))
    case 'RecordPat':
      return recordPattern(of, text)
    default:
      return node('ValuePat', expr(all[0], text))
  }
}

function recordPattern(of: SyntaxNode, text: string): string {
  const fields = of.getChildren('PatField').map((each) => {
    const inner = children(each)[2]
    return node('PatField', ident(child(each, 'Name')!, text), inner && pattern(inner, text))
  })
  return node('RecordPat', field('Fields', some(fields)), has(of, 'Rest') && 'Rest=true')
}
