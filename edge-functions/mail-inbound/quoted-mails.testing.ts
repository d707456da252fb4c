/** A mail as its program writes it: what its author says, then what it repeats of earlier mails. */
export interface QuotedMail {
  program: string;
  visible: string;
  quoted: string;
}

const visible = 'Merci, cela fonctionne.\n\nBonne journée';
const english = 'Thanks, it works.\n\nHave a nice day';
const marked = '> Bonjour,\n>\n> Rescannez le QR Code.\n> https://exemple.fr/aide';
const plain = 'Bonjour,\n\nRescannez le QR Code.\nhttps://exemple.fr/aide';
const address = 'support+t1245.0123456789abcdef@aide.exemple.fr';

export const quotedMails: QuotedMail[] = [
  {
    program: 'Gmail, French',
    visible,
    quoted: `Le lun. 2 mars 2026 à 10:15, WhatAutosys <${address}> a écrit :\n\n${marked}`,
  },
  {
    program: 'Gmail, French, broken over two lines',
    visible,
    quoted: `Le lun. 2 mars 2026 à 10:15, WhatAutosys <\n${address}> a écrit :\n\n${marked}`,
  },
  {
    program: 'Gmail, French, no-break spaces',
    visible,
    quoted: `Le lun. 2 mars 2026 à 10:15, WhatAutosys <${address}> a écrit\u00a0:\n\n${marked}`,
  },
  {
    program: 'Gmail, English',
    visible: english,
    quoted: `On Mon, Mar 2, 2026 at 10:15 AM WhatAutosys <${address}> wrote:\n\n${marked}`,
  },
  {
    program: 'Gmail, English, broken over two lines',
    visible: english,
    quoted: `On Mon, Mar 2, 2026 at 10:15 AM WhatAutosys <\n${address}> wrote:\n\n${marked}`,
  },
  {
    program: 'Thunderbird, French',
    visible,
    quoted: `Le 02/03/2026 à 10:15, WhatAutosys a écrit :\n${marked}`,
  },
  {
    program: 'Thunderbird, English',
    visible: english,
    quoted: `On 3/2/26 10:15, WhatAutosys wrote:\n${marked}`,
  },
  {
    program: 'Thunderbird, English, day first',
    visible: english,
    quoted: `On 02/03/2026 10:15, WhatAutosys via Support wrote:\n${marked}`,
  },
  {
    program: 'Outlook, French',
    visible,
    quoted:
      `De : WhatAutosys <${address}>\nEnvoyé : lundi 2 mars 2026 10:15\nÀ : Ana Morel <ana@exemple.fr>\n` +
      `Objet : Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook, French, with its line',
    visible,
    quoted:
      `________________________________\nDe : WhatAutosys <${address}>\nEnvoyé : lundi 2 mars 2026 10:15\n` +
      `À : Ana Morel <ana@exemple.fr>\nObjet : Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook, French, with a copy',
    visible,
    quoted:
      `De : WhatAutosys [mailto:${address}]\nEnvoyé : lundi 2 mars 2026 10:15\nÀ : Ana Morel\nCc : Paul Roux\n` +
      `Objet : Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook, English',
    visible: english,
    quoted:
      `From: WhatAutosys <${address}>\nSent: Monday, March 2, 2026 10:15 AM\nTo: Ana Morel <ana@exemple.fr>\n` +
      `Subject: Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook, English, with its line',
    visible: english,
    quoted:
      `________________________________\nFrom: WhatAutosys <${address}>\nSent: Monday, March 2, 2026 10:15 AM\n` +
      `To: Ana Morel <ana@exemple.fr>\nSubject: Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook, older, English',
    visible: english,
    quoted:
      `-----Original Message-----\nFrom: WhatAutosys [mailto:${address}]\nSent: Monday, March 2, 2026 10:15 AM\n` +
      `To: Ana Morel\nSubject: Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook, older, French',
    visible,
    quoted:
      `-----Message d'origine-----\nDe : WhatAutosys [mailto:${address}]\nEnvoyé : lundi 2 mars 2026 10:15\n` +
      `À : Ana Morel\nObjet : Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook on the web, dates instead of Sent',
    visible: english,
    quoted:
      `From: WhatAutosys <${address}>\nDate: Monday, 2 March 2026 at 10:15\nTo: Ana Morel <ana@exemple.fr>\n` +
      `Subject: Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook for Mac, French',
    visible,
    quoted:
      `De : WhatAutosys <${address}>\nDate : lundi, 2 mars 2026 à 10:15\nÀ : Ana Morel <ana@exemple.fr>\n` +
      `Objet : Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Outlook as HTML, bold names',
    visible,
    quoted:
      `*De :* WhatAutosys <${address}>\n*Envoyé :* lundi 2 mars 2026 10:15\n*À :* Ana Morel <ana@exemple.fr>\n` +
      `*Objet :* Re: QR Code [#1245]\n\n${plain}`,
  },
  {
    program: 'Apple Mail, French',
    visible,
    quoted: `Le 2 mars 2026 à 10:15, WhatAutosys <${address}> a écrit :\n\n${marked}`,
  },
  {
    program: 'Apple Mail, English',
    visible: english,
    quoted: `On 2 Mar 2026, at 10:15, WhatAutosys <${address}> wrote:\n\n${marked}`,
  },
  {
    program: 'iPhone, French, below its signature',
    visible: `${visible}\n\nEnvoyé de mon iPhone`,
    quoted: `> Le 2 mars 2026 à 10:15, WhatAutosys <${address}> a écrit :\n>\n${marked}`,
  },
  {
    program: 'iPhone, English, below its signature',
    visible: `${english}\n\nSent from my iPhone`,
    quoted: `> On 2 Mar 2026, at 10:15, WhatAutosys <${address}> wrote:\n>\n${marked}`,
  },
  {
    program: 'Yahoo, French',
    visible,
    quoted: `Le lundi 2 mars 2026 à 10:15:00 UTC+1, WhatAutosys <${address}> a écrit :\n\n${plain}`,
  },
  {
    program: 'Yahoo, English',
    visible: english,
    quoted: `On Monday, March 2, 2026 at 10:15:00 AM GMT+1, WhatAutosys <${address}> wrote:\n\n${plain}`,
  },
  {
    program: 'Orange, French',
    visible,
    quoted:
      `> Message du 02/03/26 10:15\n> De : "WhatAutosys" <${address}>\n> A : ana@exemple.fr\n> Copie à :\n` +
      `> Objet : Re: QR Code [#1245]\n>\n${marked}`,
  },
  {
    program: 'Proton, English',
    visible: english,
    quoted: `On Monday, March 2nd, 2026 at 10:15 AM, WhatAutosys <${address}> wrote:\n\n${marked}`,
  },
  {
    program: 'Proton, French',
    visible,
    quoted: `Le lundi 2 mars 2026 à 10:15, WhatAutosys <${address}> a écrit :\n\n${marked}`,
  },
  {
    program: 'Android, French, without an address',
    visible,
    quoted: `Le 2 mars 2026 10:15:00 GMT+01:00, WhatAutosys a écrit :\n${marked}`,
  },
  { program: 'signs of quoting alone', visible, quoted: marked },
];
