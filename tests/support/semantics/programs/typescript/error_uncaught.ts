interface Account { owner?: { name: string } }

function ownerOf(account: Account): string {
  return account.owner!.name;
}

console.log('begun');
console.log(ownerOf({} as Account));
