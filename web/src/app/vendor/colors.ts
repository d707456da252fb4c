/** Stands in for `tailwindcss/colors`, from which the kit works out its palette: `palette.css` holds that. */
export default {};
