/** What a check finds. */
export interface Finding {
  /** 'image busybox:latest' */
  object: string;
  message: string;
  hint: string;
  /** Puts it right, having looked again whether it is still so. Absent: a person has to. */
  repair?: () => Promise<void>;
  /** only reading all bytes again would tell whether it is still so */
  isOfBytes?: true;
}

/** The same finding of another look has the same text. */
export const findingKey = ({ object, message }: Finding): string => `${object}\n${message}`;
