/**
 * Our button: a verb, an optional icon, and the function key that does the same on its face.
 * @module
 */
import type { ReactNode, Ref } from 'react';
import { Button } from 'react-aria-components';

/** `primary` once a screen; `quiet` for what may wait; `danger` for what loses something. */
export interface PressButtonProps {
  readonly onPress: () => void;
  readonly children: ReactNode;
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly size?: 'desk' | 'kiosk';
  readonly icon?: ReactNode;
  /** The key on the button's face, e.g. F2; the screen binds it with useKeys. */
  readonly keyName?: string;
  readonly isDisabled?: boolean;
  readonly autoFocus?: boolean;
  readonly label?: string;
  /** For who moves the focus to it. */
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

/** Pressed by touch, mouse, Enter or Space alike. */
export function PressButton(props: PressButtonProps) {
  const { look = 'plain', size = 'desk' } = props;
  return (
    <Button
      className={`button button--${look} button--${size}`}
      onPress={props.onPress}
      isDisabled={props.isDisabled ?? false}
      autoFocus={props.autoFocus ?? false}
      {...(props.buttonRef === undefined ? {} : { ref: props.buttonRef })}
      {...(props.label === undefined ? {} : { 'aria-label': props.label })}
      {...(props.keyName === undefined ? {} : { 'aria-keyshortcuts': props.keyName })}
    >
      {props.icon}
      <span className="button__text">{props.children}</span>
      {props.keyName === undefined ? null : <kbd className="button__key">{props.keyName}</kbd>}
    </Button>
  );
}
