export interface Scenario {
  subject: string;
  tags: string[];
  priority: 'low' | 'medium' | 'high' | 'critical';
  asks: string;
  /** What support answers, in Markdown; a question first where more must be known. */
  answers: string[];
  /** What the customer says to each answer but the last. */
  replies: string[];
  note?: string;
  thanks?: string;
}

/** What customers of such a product write, and what becomes of it. */
export const scenarios: Record<'fr' | 'en', Scenario[]> = {
  fr: [
    {
      subject: 'QR Code expiré à chaque lancement',
      tags: ['connexion', 'whatsapp'],
      priority: 'high',
      asks: 'Bonjour,\n\ndepuis ce matin WhatAutosys me redemande de scanner le QR Code et il expire aussitôt. Mes campagnes sont à l’arrêt.',
      answers: [
        'Bonjour,\n\nla session WhatsApp est à refaire :\n\n1. Fermez complètement WhatAutosys.\n2. Supprimez le dossier `auth_info_baileys`.\n3. Relancez et scannez à nouveau.\n\nVos données sont conservées.',
      ],
      replies: [],
      note: 'Session Baileys expirée, journal vérifié : 3 déconnexions depuis minuit.',
      thanks: 'C’est reparti, merci beaucoup !',
    },
    {
      subject: 'Licence refusée sur mon nouvel ordinateur',
      tags: ['licence', 'transfert'],
      priority: 'high',
      asks: 'J’ai changé de PC hier. J’ai réinstallé le logiciel mais il dit que la licence est liée à une autre machine. Que dois-je faire ?',
      answers: [
        'Bonjour,\n\nje vois le refus dans vos dernières vérifications. L’ancien ordinateur sert-il encore ?',
        'Parfait : la licence est transférée vers le nouvel ordinateur. Relancez WhatAutosys, la vérification passera.',
      ],
      replies: ['Non, il est parti à la casse. Vous pouvez transférer.'],
      note: 'Transfert fait depuis « Dernières vérifications ».',
      thanks: 'Ça marche, bonne journée.',
    },
    {
      subject: 'Comment créer un Conversation Goal ?',
      tags: ['question'],
      priority: 'low',
      asks: 'Bonjour, je débute avec WhatAutosys et je ne trouve pas où se crée un objectif de conversation.',
      answers: [
        'Bonjour et bienvenue,\n\n*Conversations › Objectifs › Nouveau*. Donnez-lui un nom et une phrase qui dit quand il est atteint ; l’assistant fait le reste.',
      ],
      replies: [],
      thanks: 'Trouvé, merci.',
    },
    {
      subject: 'Je n’ai pas reçu ma clé',
      tags: ['licence', 'e-mail'],
      priority: 'medium',
      asks: 'Commande payée il y a une heure, toujours pas de clé dans ma boîte, même dans les indésirables.',
      answers: [
        'Bonjour,\n\nle premier envoi a été bloqué par votre messagerie. Je viens de renvoyer la clé : dites-moi si elle arrive.',
      ],
      replies: [],
      note: 'Premier envoi « bloqué » chez le fournisseur, second « remis ».',
      thanks: 'Bien reçue cette fois !',
    },
    {
      subject: 'Carte refusée au renouvellement',
      tags: ['paiement', 'stripe'],
      priority: 'high',
      asks: 'Votre système refuse ma carte alors qu’elle est valide jusqu’en 2028. Je ne veux pas perdre mon abonnement.',
      answers: [
        'Bonjour,\n\nla banque a demandé une confirmation qui n’a pas abouti. Voici le lien pour payer à nouveau ; votre licence reste active pendant le délai de grâce.',
      ],
      replies: [],
      thanks: 'Payé. Ma banque avait changé d’application.',
    },
    {
      subject: 'Campagne bloquée à 40 %',
      tags: ['campagne', 'bug'],
      priority: 'medium',
      asks: 'Ma campagne de relance s’est arrêtée à 312 contacts sur 780. Le bouton Reprendre ne fait rien.',
      answers: [
        'Bonjour,\n\nun numéro mal formé arrête l’envoi dans la version 1.4.1. Quelle version avez-vous (*Aide › À propos*) ?',
        'C’est bien celle-là : la 1.4.2 le corrige. Après la mise à jour, « Reprendre » repart au contact suivant, sans doublon.',
      ],
      replies: ['Version 1.4.1.'],
      thanks: 'La campagne est allée au bout, super.',
    },
    {
      subject: 'Les réponses de l’assistant arrivent trop tard',
      tags: ['assistant', 'lenteur'],
      priority: 'medium',
      asks: 'Depuis hier l’assistant met parfois deux minutes à répondre à mes clients. Avant c’était immédiat.',
      answers: [
        'Bonjour,\n\nnotre fournisseur d’intelligence artificielle limitait les demandes hier après-midi. La limite a été relevée ce matin. Voyez-vous encore des lenteurs ?',
      ],
      replies: [],
      thanks: 'Non, c’est redevenu normal.',
    },
    {
      subject: 'Facture au nom de ma société',
      tags: ['facture'],
      priority: 'low',
      asks: 'Bonjour, mon comptable demande la facture de novembre avec le nom de la société et le numéro de TVA.',
      answers: [
        'Bonjour,\n\nvous pouvez compléter ces informations dans votre espace client : la facture est refaite aussitôt. Je vous envoie le lien.',
      ],
      replies: [],
      thanks: 'Parfait, transmis au comptable.',
    },
    {
      subject: 'Antivirus qui bloque l’installation',
      tags: ['installation'],
      priority: 'medium',
      asks: 'Windows Defender supprime WhatAutosys.exe pendant l’installation. Est-ce normal ?',
      answers: [
        'Bonjour,\n\nc’est une fausse alerte connue, signalée à Microsoft. Ajoutez le dossier du programme aux exclusions, ou attendez la prochaine mise à jour des définitions.',
      ],
      replies: [],
    },
    {
      subject: 'Mise à jour impossible, erreur réseau',
      tags: ['mise à jour', 'réseau'],
      priority: 'medium',
      asks: 'La mise à jour échoue avec « ECONNRESET ». Nous sommes derrière un proxy d’entreprise.',
      answers: [
        'Bonjour,\n\nil faut autoriser `*.whatautosys.example` en HTTPS dans le proxy. Pouvez-vous demander à votre service informatique ?',
      ],
      replies: [],
    },
  ],
  en: [
    {
      subject: 'Messages are not sending',
      tags: ['whatsapp', 'bug'],
      priority: 'high',
      asks: 'Hello, since the last update my scheduled messages stay in the queue. Nothing leaves.',
      answers: [
        'Hello,\n\nyour WhatsApp session had ended. Please close WhatAutosys, delete the folder `auth_info_baileys` and scan the QR code again.',
      ],
      replies: [],
      thanks: 'That did it, thank you.',
    },
    {
      subject: 'Upgrade from Starter to Premium',
      tags: ['plan'],
      priority: 'low',
      asks: 'Hi, I would like to move to Premium today. Do I pay the whole month again?',
      answers: [
        'Hello,\n\nno: only the difference until your next renewal. I have sent you the amount before anything is charged.',
      ],
      replies: [],
      thanks: 'Great, go ahead.',
    },
  ],
};
