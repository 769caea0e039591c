/**
 * The PIN pad: keys on the screen and digits of the keyboard. The digits live in a PinBuffer outside React; the pad shows how many.
 * @module
 */
import { Check, Delete } from 'lucide-react';
import { useEffectEvent, useLayoutEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { createPinBuffer, PIN_LENGTH } from './pin-buffer.ts';

/** `onPin` takes the digits over and wipes them after use. */
export interface PinPadProps {
  readonly label: string;
  readonly onPin: (pin: number[]) => void;
  readonly isDisabled: boolean;
  /** Word on the confirming key. */
  readonly confirm: string;
}

const KEYS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** True where typed digits belong to something else. */
const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;

/** Forgets the digits when it leaves the screen, is disabled or is enabled again: each time it is a new pad. */
export function PinPad(props: PinPadProps) {
  return <Pad key={props.isDisabled ? 'off' : 'on'} {...props} />;
}

function Pad({ label, onPin, isDisabled, confirm }: PinPadProps) {
  const { t } = useTranslation();
  const [buffer] = useState(createPinBuffer);
  const [count, setCount] = useState(0);

  const change = (act: () => void): void => {
    if (isDisabled) return;
    act();
    setCount(buffer.count());
  };
  const submit = (): void => {
    if (isDisabled) return;
    const pin = buffer.take();
    setCount(buffer.count());
    if (pin !== undefined) onPin(pin);
  };

  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (isField(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[0-9]$/u.test(event.key)) change(() => buffer.push(Number(event.key)));
    else if (event.key === 'Backspace') change(() => buffer.pop());
    // Enter confirms a typed PIN wherever the focus was left, e.g. on the card that was just inserted; else it belongs to that button.
    else if (event.key === 'Enter' && buffer.count() >= PIN_LENGTH.least) submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  useLayoutEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    window.addEventListener('keydown', listener, true);
    return () => {
      window.removeEventListener('keydown', listener, true);
      buffer.clear();
    };
  }, [buffer]);

  const dots = Array.from({ length: Math.max(6, count) }, (_, i) => (i < count ? 'full' : 'empty'));
  return (
    <div className="pin" role="group" aria-label={label} data-disabled={isDisabled || undefined}>
      <p className="pin__label" aria-hidden="true">
        {label}
      </p>
      <div className="pin__dots" aria-hidden="true">
        {dots.map((look, i) => (
          // A dot is nothing but its place.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={i} className={`pin__dot pin__dot--${look}`} />
        ))}
      </div>
      <span className="visually-hidden" role="status">
        {t('pin.count', { count })}
      </span>
      <div className="pin__keys">
        {KEYS.map((digit) => (
          <Button
            key={digit}
            className="pin__key"
            isDisabled={isDisabled}
            onPress={() => change(() => buffer.push(digit))}
          >
            {digit}
          </Button>
        ))}
        <Button
          className="pin__key pin__key--side"
          isDisabled={isDisabled || count === 0}
          aria-label={t('pin.delete')}
          onPress={() => change(() => buffer.pop())}
        >
          <Delete aria-hidden="true" />
        </Button>
        <Button className="pin__key" isDisabled={isDisabled} onPress={() => change(() => buffer.push(0))}>
          0
        </Button>
        <Button
          className="pin__key pin__key--enter"
          isDisabled={isDisabled || count < PIN_LENGTH.least}
          aria-label={confirm}
          onPress={submit}
        >
          <Check aria-hidden="true" />
        </Button>
      </div>
      <p className="pin__hint">{t('pin.hint')}</p>
    </div>
  );
}
