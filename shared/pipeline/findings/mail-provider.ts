// Decides what the doctor says of the mail provider: whether it lets mails out to everybody.
import type { Check } from "./finding.ts";

export const mailProvider: Check = async ({ ports }) => {
  const { state } = await ports.mailer.quota();
  if (state === "open") return [];
  const isSandbox = state === "sandbox";
  return [
    {
      id: isSandbox ? "provider-sandbox" : "provider-paused",
      level: "problem",
      says: isSandbox ? "The mail provider's account is in its sandbox." : "The mail provider has paused the account.",
      means: isSandbox
        ? "Mails leave to verified addresses and to the provider's mailbox simulator only; all others wait."
        : "No mail leaves; what is worth sending later waits.",
      next: [
        {
          words: isSandbox
            ? "Ask for production access in the console of Amazon SES, under Account dashboard"
            : "Read the provider's message and answer it; sending goes on by itself once the account is open",
        },
        { words: "See what waits, and until when", command: "status" },
      ],
    },
  ];
};
