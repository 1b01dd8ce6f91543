"""Questions about one register: state, periods, selection by rules, parents, names. Nothing here plans."""
