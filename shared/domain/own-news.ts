// Decides which events Relance tells of by itself that follow from no other event: what became of mails, and what people chose.

/** Which mail the news is of. */
const MAIL = { campaign: "text", step: "text", sendId: "text", template: "text" } as const;

/** Their properties, by type. */
export const ownNews: Record<string, Record<string, "text">> = {
  "email.delivered": MAIL,
  "email.bounced": { ...MAIL, kind: "text" },
  "email.complained": MAIL,
  "email.rejected": MAIL,
  "email.delayed": MAIL,
  "email.opened": MAIL,
  "email.clicked": { ...MAIL, url: "text" },
  "email.unsubscribed": MAIL,
  "consent.granted": { purpose: "text" },
  "consent.withdrawn": { purpose: "text" },
};

/** What is told of somebody who changed their mind on a purpose, or had it noted. */
export const consentNews = (state: "granted" | "denied"): string =>
  state === "denied" ? "consent.withdrawn" : "consent.granted";
