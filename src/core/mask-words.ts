/** Common words of error messages. A password of only such words cannot be distinguished from a message. */
export const WORDS: ReadonlySet<string> = new Set(
  `a about above access account accounts action active add after again agent all allowed already also an and another any api
  app application are argument arguments as asked at attempt auth authenticate authenticated authentication authority
  authorization authorized auto available aws az azure back bad be because been before being below between block body broken
  browser bus but by cache cached call called can can't cancel canceled cancelled cannot certificate chain change changed check
  choose cli client close closed cloud code collection command complete config configuration configure configured connect
  connected connecting connection console could couldn't create created credential credentials current currently d-bus daemon
  data database debug decode decoding decrypt decryption default delete denied desktop details device did didn't different
  directory disabled disk dns do docker does doesn't doing domain done dpapi during ec2 ecr element empty enabled encrypt
  encryption end ended endpoint enter environment eof error errors exception exceeded exec executable execute exist exists exit
  exited expected expire expired expires explicit export fail failed failing failure fatal fetch fetching file files find
  first folder for forbidden format found from gcloud gcr get getting github gitlab given go google gpg grant granted group had
  handle handshake has have having header headers help helper helpers here home host hostname how http https id identity if
  image imds implemented import in incorrect info initialization initialize initialized input install installed instance
  instead insufficient interaction interactive internal interrupted into invalid io is isn't it item its json key keychain
  keyring keys known last later library line list load loaded loading local locate lock locked log logged login logon logout
  lookup mac machine made make malformed many match may memory message metadata method missing mode module more most must
  name named native need needed network new no non-interactive none not nothing now null of off old on once one only open
  operation option options or org other out output own page panic parse parsing pass passed passphrase password passwords path
  peer permission permissions permitted pin pinentry pipe platform please policy port present print private problem process
  profile program project prompt protocol provide provided provider providers proxy public pull push rate read reading reason
  received refresh refreshing refused region register registry reject rejected remote remove renew repository request requests
  require required reset resolve resource resources response retries retrieve retrieving retry return returned role root route
  run running same save scope script search secret secrets security see select selected send sent server service services session
  set setup shell should show sign signal signature signed since socket some something space specified ssl sso standard start
  started state status stop stopped storage store stored storing string subscription such support supported system temporary
  tenant terminal than that the their them then there they this time timed timeout to token tokens too trace traceback tried
  trust try trying two type unable unauthorized unavailable unexpected uninitialized unknown unlock unlocked unreachable
  unrecognized unsupported until up update updated url usage use used user username using valid validate validation value variable
  vault version wait waiting want warning was wasn't we were what when where whether which while why will windows with within
  without write writing wrong x11 you your`.split(/\s+/),
)
