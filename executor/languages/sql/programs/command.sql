.tabels
