export const firstNames = [
  'Camille', 'Léa', 'Hugo', 'Louis', 'Emma', 'Jules', 'Chloé', 'Gabriel', 'Manon', 'Arthur', 'Inès', 'Raphaël', 'Sarah', 'Adam', 'Lina',
  'Paul', 'Zoé', 'Nathan', 'Juliette', 'Mohamed', 'Alice', 'Maël', 'Louise', 'Ethan', 'Rose', 'Noé', 'Anna', 'Tom', 'Jeanne', 'Théo',
  'Agathe', 'Yanis', 'Margaux', 'Clément', 'Élise', 'Antoine', 'Noémie', 'Baptiste', 'Pauline', 'Karim', 'Sophie', 'Olivier', 'Nathalie',
  'Philippe', 'Isabelle', 'Laurent', 'Valérie', 'Stéphane', 'Céline', 'Frédéric', 'Aurélie', 'Sébastien', 'Virginie', 'Mickaël', 'Fatima',
] as const;

export const lastNames = [
  'Martin', 'Bernard', 'Thomas', 'Petit', 'Robert', 'Richard', 'Durand', 'Dubois', 'Moreau', 'Laurent', 'Simon', 'Michel', 'Lefebvre',
  'Leroy', 'Roux', 'David', 'Bertrand', 'Morel', 'Fournier', 'Girard', 'Bonnet', 'Dupont', 'Lambert', 'Fontaine', 'Rousseau', 'Vincent',
  'Muller', 'Lefèvre', 'Faure', 'André', 'Mercier', 'Blanc', 'Guérin', 'Boyer', 'Garnier', 'Chevalier', 'François', 'Legrand', 'Gauthier',
  'Garcia', 'Perrin', 'Robin', 'Clément', 'Morin', 'Nicolas', 'Henry', 'Roussel', 'Mathieu', 'Gautier', 'Masson', 'Marchand', 'Duval',
  'Denis', 'Dumont', 'Marie', 'Lemaire', 'Noël', 'Meyer', 'Dufour', 'Meunier', 'Benali', 'Nguyen', 'Le Gall', 'Da Silva',
] as const;

export const trades = [
  'Boulangerie', 'Menuiserie', 'Garage', 'Pharmacie', 'Librairie', 'Fleuriste', 'Agence', 'Cabinet', 'Atelier', 'Transports', 'Plomberie',
  'Électricité', 'Immobilier', 'Institut', 'Optique', 'Traiteur', 'Cave', 'Clinique vétérinaire', 'Auto-école', 'Imprimerie',
] as const;

export const domains = ['exemple.fr', 'example.com', 'courriel-exemple.fr', 'pro.exemple.fr', 'example.org', 'boutique-exemple.fr'] as const;

export const systems = ['Windows 11 Pro', 'Windows 11 Famille', 'Windows 10 Pro', 'Windows 10 Famille'] as const;
export const versions = { '1.4.2': 52, '1.4.1': 21, '1.4.0': 12, '1.3.5': 9, '1.2.8': 6 } as const;
export const notes = ['Black Friday -30 %', 'Parrainage Sophie', 'Salon e-commerce Lyon', 'Ancien client v1', 'Revendeur Ouest', 'À rappeler avant échéance', 'Association : tarif négocié'] as const;
export const extensionReasons = ['Geste commercial suite à la panne', 'Virement reçu en retard', 'Prolongation pendant un litige', 'Test de la nouvelle version'] as const;
export const revocationReasons = ['Fraude détectée', 'Paiement rejeté (> 30 jours)', 'Demande du client'] as const;
