/**
 * Search in a code system by code or by name in either language; what is chosen goes to the caller and the field is empty again.
 * The combobox pattern of the ARIA Authoring Practices, list autocomplete with manual selection.
 * @module
 */
import { Search } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Term } from '../../../contract/station.ts';
import { searchTerms } from '../../ui/term-search.ts';

/** `taken` codes are not offered again. */
export interface TermPickerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly terms: readonly Term[];
  readonly taken: readonly string[];
  readonly isDisabled: boolean;
  readonly onPick: (term: Term) => void;
}

/** Arrow keys and Enter, or a click. Enter without arrows takes the first that fits. */
export function TermPicker({ label, placeholder, terms, taken, isDisabled, onPick }: TermPickerProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const [query, setQuery] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const found = searchTerms(terms, query, taken);
  const english = i18n.language === 'en';

  const show = (text: string): void => {
    setQuery(text);
    setActive(0);
    setOpen(true);
  };
  const pick = (term: Term): void => {
    onPick(term);
    setQuery('');
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const chosen = found[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (!open) show(query);
      else if (found.length > 0) setActive((active + step + found.length) % found.length);
    } else if (event.key === 'Enter' && open && chosen !== undefined) pick(chosen);
    else if (event.key === 'Escape' && open) setOpen(false);
    else return;
    event.preventDefault();
  };

  return (
    <div className="picker">
      <Search aria-hidden="true" />
      <input
        className="picker__input"
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(open && found[active] !== undefined ? { 'aria-activedescendant': `${id}-${active}` } : {})}
        autoComplete="off"
        placeholder={placeholder}
        disabled={isDisabled}
        value={query}
        onChange={(event) => show(event.target.value)}
        onClick={() => show(query)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <ul className="picker__list" id={`${id}-list`} role="listbox" aria-label={label} hidden={!open}>
        {found.map((term, i) => (
          <li
            key={term.code}
            id={`${id}-${i}`}
            className="picker__item"
            role="option"
            aria-selected={i === active}
            // The focus stays in the field; a blur would close the list before the click.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(term)}
            ref={(item) => {
              if (i === active && open) item?.scrollIntoView({ block: 'nearest' });
            }}
          >
            <span className="code">{term.code}</span>
            <span className="picker__name">{english ? term.en : term.zh}</span>
            <span className="picker__other">{english ? term.zh : term.en}</span>
          </li>
        ))}
        {found.length === 0 ? (
          <li className="picker__none" role="option" aria-selected={false} aria-disabled="true">
            {t('clinic.noMatch')}
          </li>
        ) : null}
      </ul>
    </div>
  );
}
