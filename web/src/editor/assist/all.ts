// Everything that the language server does in an editor. Each works alone; without a server they are quiet.
import type { Extension } from '@codemirror/state'
import type { CellLanguage } from '../../language/language'
import type { Knowledge } from '../completion'
import { completion } from './complete'
import { define } from './define'
import { fixes } from './fixes'
import { hover } from './hover'
import { popupField } from './popup'
import { rename } from './rename'
import { signature } from './signature'

export { closePopup } from './popup'

export function assist(language: () => CellLanguage | undefined, knowledge: () => Knowledge): Extension {
  return [completion(language, knowledge), hover(language), signature(language), define(language), rename(language), fixes, popupField]
}
