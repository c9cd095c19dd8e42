// Decides which acts the audit knows, and how each is called where people read it.

/** Every act, in words that follow "who". */
export const auditWords = {
  "catalogue.publish": "publish a plan",
  "campaign.pause": "pause a campaign",
  "campaign.resume": "resume a campaign",
  "account.pause": "pause every mail",
  "account.resume": "resume every mail",
  "address.suppress": "close an address",
  "event.trigger": "send an event by hand",
  "events.import": "import events",
  "nightly.start": "start the nightly job",
  "person.export": "export a person's data",
  "person.erase": "erase a person",
  "consent.change": "change a person's consent",
  "erasures.reapply": "erase again who was erased before",
  "retention.start": "erase who was not heard of for long",
} as const;

export type AuditAction = keyof typeof auditWords;
