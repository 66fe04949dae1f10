const forever: boolean = true;
while (forever);
