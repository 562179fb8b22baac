"""The words by which headings and cells speak of permission to call: a table by what a word does in a sentence.

Words are written without accents and capitals. A word has one role only; words of several are `PHRASES`.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EDITION = 4
"""Grows when headings or cells are read otherwise, so that a run is not held against words it was not read by."""


class Role(StrEnum):
    """What a word does, each a letter, so that a heading becomes a word of letters that a pattern can read."""

    NOT = "N"
    CALL = "C"  #: a call, or the telephone
    CALLED = "c"  #: says something of calls only after "be": "never called" is history
    BE = "b"
    CONTACT = "K"  #: any contact, calls included, unless a channel is named beside it
    OTHER = "M"  #: a channel that is no call
    CONSENT = "P"  #: permission, whatever stands around it
    LAW = "g"  #: the name of a law, which is a consent when nothing else is said
    ALLOW = "a"  #: permission of what follows: "accepts calls"
    ALLOWED = "d"  #: permission of what stands before, or after "to"
    OBJECTION = "O"
    REFUSED = "R"  #: turns a permission or a call round
    ALONE = "A"  #: the same, and an objection when nothing else is said
    REVOKED = "V"  #: the same, and an objection whatever is said besides
    LAPSED = "L"  #: turns a permission round, and says nothing of calls
    CLEAR = "k"  #: turns an objection round: "DNC clear"
    DATE = "D"
    UNTIL = "U"
    LINK = "e"  #: what is kept beside a decision whichever way it went
    CHECKED = "h"  #: somebody looked; what was found is not said
    REASON = "r"  #: what is kept of a decision that was made
    DETAIL = "y"
    DONE = "s"
    STATUS = "S"
    TO = "t"
    AND = "&"
    ONLY = "o"
    TIMES = "T"  #: how often or when, not whether
    FILL = "f"
    UNKNOWN = "u"
    END = "."


def vocabulary(words: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(words.split())


WORDS: Mapping[Role, str] = MappingProxyType(
    {
        Role.NOT: """
            not no non dont doesnt didnt cannot cant wont never without nor stop avoid
            nicht kein keine keinen keiner keinerlei nie niemals ohne pas aucun aucune sans jamais
            sin nunca ningun ninguna senza mai nessun nessuna nao sem niet geen zonder nooit brak bez nigdy""",
        Role.CALL: """
            call calls calling callback callbacks phone phones phoning phonecall phonecalls telephone telephones tel
            telephony telephoning ring ringing dial dials dialing dialling dialer dialler voice robocall robocalls
            telemarketing telesales autodial autodialer coldcall coldcalls coldcalling landline
            anruf anrufe anrufen anrufs telefon telefonisch telefonische telefonischer telefonischen telefonieren
            telefonat telefonate telefonwerbung telefonkontakt telefonakquise telefonmarketing festnetz
            appel appels appeler appelez telephonique telephoniques
            llamar llame llamen llamada llamadas telefono telefonos telefonico telefonica telefonicas telefonicos
            chiamare chiamate chiamata telefonare telefonate telefonata telefonici telefoniche
            ligar ligue liguem ligacao ligacoes telefonar telefonema chamada chamadas telefone telefones
            bellen bel telefoon telefoontjes oproepen
            dzwonic dzwon dzwoncie telefonowac telefoniczny telefoniczna telefoniczne telefonicznie telefonu""",
        Role.CALLED: """
            called phoned telephoned rung dialed dialled contacted solicited
            angerufen kontaktiert contactes appele appelee appeles llamado chiamato contattato
            ligado contatado contactado gebeld gecontacteerd""",
        Role.BE: "be being get werden etre ser essere worden byc",
        Role.CONTACT: """
            contact contacts contacting market marketing communicate communication communications solicit soliciting
            solicitation solicitations outreach approach mobile cell cellphone cellular promotion promotional
            promotions offers advertising advertisement advertisements disturb disturbed
            kontakt kontakte kontaktieren kontaktaufnahme kontaktierung ansprache ansprechen werbung werbe werbliche
            contacter contactez demarcher demarchage sollicitation sollicitations prospection
            contactar contacte contacten contacto publicidad comercial comerciales comunicaciones molestar
            contattare contatto contatti pubblicita commerciali comunicazioni disturbare
            contatar contato perturbar perturbe publicidade incomodar comunicacoes
            contacteren contacteer benaderen reclame kontaktowac kontaktu marketingowy marketingowa marketingowe""",
        Role.OTHER: """
            email emails emailing mail mails mailing mailings mailer postal postalmail bulkemail bulkmail post
            sms text texts texting texted txt txts fax faxes faxing newsletter newsletters whatsapp push cookie
            cookies letter letters mms mm rcs chat messenger message messages messaging telegram viber send sent
            notification notifications web website brochure catalog catalogue linkedin facebook mailchimp
            brief briefe briefpost postalisch postalische courrier courriel correo lettre posta wysylka poczta""",
        Role.CONSENT: """
            consent consents consented consenting permission permissions optin optins optedin pewc ebr
            callable contactable dialable diallable phoneable subscribed whitelist whitelisted
            einwilligung einwilligungen eingewilligt zustimmung zugestimmt einverstandnis einverstandniserklarung
            einverstanden erlaubnis
            consentement consentements consenti consentie autorisation
            consentimiento consiente permiso autorizacion consenso consensi autorizzazione permesso
            consentimento permissao autorizacao toestemming zgoda zgody zgode pozwolenie""",
        Role.LAW: "tcpa gdpr dsgvo rgpd rodo lgpd casl pecr",
        Role.ALLOW: """
            allow allows accept accepts agree agrees permit permits authorize authorise authorizes authorises
            want wants wish wishes willing receive receives may can could should might
            darf durfen accepte acceptez accord autorise acepta autoriza desea accetta autorizza aceita deseja
            mag wil akceptuje""",
        Role.ALLOWED: """
            allowed accepted permitted authorized authorised approved agreed agreement ok okay possible wanted desired
            welcome eligible enabled permissible
            erlaubt gestattet gewunscht erwunscht moglich moeglich zulassig autorisee autorises acceptes permis
            autorizado autorizada permitido permitida aceptado autorizzato autorizzata permessa accettato
            autorizada permitida aceito toegestaan gewenst akkoord dozwolony dozwolone""",
        Role.OBJECTION: """
            dnc dncl dncr dnd dnco tps ctps optout optouts optedout unsubscribe unsubscribed unsubscribes
            unsub unsubbed suppress suppressed suppression suppressions blocked blocklist blocklisted blacklist
            blacklisted denylist denylisted uncallable uncontactable undialable
            litigator deceased bloctel robinson robinsonliste
            sperre gesperrt sperrliste sperrvermerk werbesperre anrufsperre telefonsperre kontaktsperre werbeverbot
            anrufverbot kontaktverbot telefonverbot werbewiderspruch
            widerspruch widersprochen abgemeldet abmeldung abbestellt ausgetragen verstorben
            opposition oppose opposee desinscrit desinscrite desinscription desabonne desabonnee desabonnement decede
            oposicion bloqueado bloqueada fallecido desuscrito
            opposizione opposizioni disiscritto bloccato deceduto
            oposicao descadastrado descadastrada falecido descadastro
            afgemeld uitgeschreven bezwaar geblokkeerd overleden belmenietregister
            sprzeciw wypisany wypisana zablokowany zablokowana""",
        Role.REFUSED: """
            deny denies decline declines refuse refusal refuses reject rejected rejects forbidden prohibited barred
            unwanted unwelcome undesired disallowed disallow unauthorized unauthorised disabled remove
            removed removal stopped restricted restriction restrictions exclusion
            verweigert abgelehnt unerwunscht verboten untersagt ablehnung refus refusee interdit interdite interdits
            rechazado rechazada rechaza denegado negado prohibido prohibidas rifiutato rifiuto negato vietato
            recusado recusada recusa proibido geweigerd ongewenst odmowa odmowil odmowila odmowiono""",
        Role.ALONE: """
            withdrawn withdrew denied declined refused exclude excluded objection objections objected""",
        Role.REVOKED: """
            revoked revoke revokes revoking revocation widerruf widerrufen revoque revoquee revoco revocado revocada
            revocato revocata revoca revogado revogada revogou""",
        Role.LAPSED: """
            withdrawal withdraw withdraws expired lapsed ended rescinded rescind cancelled canceled terminated void
            invalid missing lost absent pending
            abgelaufen entzogen zuruckgezogen zurueckgezogen erloschen fehlt retire retiree retrait expiree
            retirado retirada vencido caducado cancelado ritirato scaduto expirado ingetrokken vervallen
            wycofana wycofano wycofanie cofnieta cofnieto odwolana wygasla""",
        Role.CLEAR: "clear clean cleared free safe passed",
        Role.DATE: """
            date dates dated time timestamp datetime ts dt day since when
            datum zeitpunkt zeitstempel seit depuis fecha desde sinds kiedy""",
        Role.UNTIL: """
            until till expiry expires expire expiration expiring bis ablaufdatum ablauf echeance jusqu hasta caducidad
            vencimiento vigencia scadenza fino validade vervaldatum verloopt""",
        Role.LINK: """
            url link token page id ids uuid guid version language lang cert certificate wording proof file document
            doc hash vendor provider script template instruction instructions key checkbox landing disclosure
            nachweis""",
        Role.CHECKED: """
            scrub scrubbed scrubs scrubbing checked check checking checks screened screening verified verify lookup
            washed updated modified synced exported imported validated validation reviewed audited refreshed processed
            gepruft pruefung geprueft""",
        Role.REASON: """
            reason reasons source sources ip method form campaign code note notes comment comments agent browser
            device location origin keyword grund quelle motif motivo reden powod zrodlo bron formular""",
        Role.DETAIL: """
            type level basis category kind scope purpose channel channels preference preferences preferred art typ""",
        Role.DONE: """
            signed received given obtained completed returned present exists valid granted confirmed recorded
            documented captured collected
            erteilt vorhanden unterschrieben vorliegend gegeben gultig gueltig donne donnee signe recu
            dado dada otorgado firmado firmada vigente dato prestato concesso firmato gegeven verleend
            udzielona wyrazona podpisana""",
        Role.STATUS: """
            status statuses disposition dispo outcome result results stage tag tags
            label labels""",
        Role.TO: "to for zu zum zur fur fuer pour para per voor na om do",
        Role.AND: "and or und oder et ou y e o en lub",
        Role.ONLY: "only nur seulement uniquement solo solamente soltanto somente apenas alleen tylko",
        Role.TIMES: """
            hours hour times window windows timezone zone attempts attempt count number duration limit max min
            maximum minimum total volume center centre queue length""",
        Role.FILL: """
            the a an of from on in at by via with through any all further more future again anymore ever yet longer
            list lists registry register registered registration listed flag flagged indicator ind yn field value
            customer client lead person prospect member user is has have had was were been did does please i we you
            me us my our your they he she it this that am are sales national federal state local internal company c
            hs current currently global globally new old written express prior explicit double single general full
            direct automated automatic auto cold unsolicited bulk back would like party
            third our purposes via
            der die das von mit bitte ich wir mich uns wird ist hat am auf
            ne de d des du la le les l un une au par je m moi vous nous sur
            el los las del por con una
            il lo gli della di al alla con
            os da dos das pelo pela se
            het een ik mij ons te op deze met meer
            w z sie ze przez""",
    }
)

PHRASES: Mapping[tuple[str, ...], Role] = MappingProxyType(
    {
        ("e", "mail"): Role.OTHER,
        ("e", "mails"): Role.OTHER,
        ("direct", "mail"): Role.OTHER,
        ("opt", "in"): Role.CONSENT,
        ("opts", "in"): Role.CONSENT,
        ("opted", "in"): Role.CONSENT,
        ("opting", "in"): Role.CONSENT,
        ("opt", "back", "in"): Role.CONSENT,
        ("opted", "back", "in"): Role.CONSENT,
        ("opt", "out"): Role.OBJECTION,
        ("opts", "out"): Role.OBJECTION,
        ("opted", "out"): Role.OBJECTION,
        ("opting", "out"): Role.OBJECTION,
        ("robinson", "list"): Role.OBJECTION,
        ("robinson", "liste"): Role.OBJECTION,
        ("lista", "robinson"): Role.OBJECTION,
        ("liste", "rouge"): Role.OBJECTION,
        ("czarna", "lista"): Role.OBJECTION,
        ("dado", "de", "baja"): Role.OBJECTION,
        ("do", "not", "disturb"): Role.OBJECTION,
        ("remove", "from", "list"): Role.OBJECTION,
        ("removed", "from", "list"): Role.OBJECTION,
        ("remove", "from", "lists"): Role.OBJECTION,
        ("no", "show"): Role.UNKNOWN,
        ("wrong", "number"): Role.OBJECTION,
        ("wrong", "person"): Role.OBJECTION,
        ("bel", "me", "niet"): Role.OBJECTION,
        ("ne", "pas"): Role.NOT,
        ("ne", "plus"): Role.NOT,
        ("ne", "jamais"): Role.NOT,
        ("no", "longer"): Role.NOT,
        ("do", "not"): Role.NOT,
        ("does", "not"): Role.NOT,
        ("did", "not"): Role.NOT,
        ("can", "not"): Role.NOT,
        ("will", "not"): Role.NOT,
        ("on", "file"): Role.DONE,
        ("liegt", "vor"): Role.DONE,
        ("valid", "to"): Role.UNTIL,
        ("valid", "until"): Role.UNTIL,
        ("valid", "thru"): Role.UNTIL,
        ("valid", "through"): Role.UNTIL,
        ("gultig", "bis"): Role.UNTIL,
        ("end", "date"): Role.UNTIL,
        ("ends", "at"): Role.UNTIL,
        ("ends", "on"): Role.UNTIL,
        ("wazna", "do"): Role.UNTIL,
        ("user", "agent"): Role.REASON,
        ("call", "center"): Role.FILL,
        ("call", "centre"): Role.FILL,
    }
)

GLUED = vocabulary(
    """
    is has do not no dont never cant can may be ok okay to of all call calls calling called phone phones dial dialing
    contact contacts contacted mobile voice marketing solicit sms text texts email emails mail fax bulk post
    dnc dncl dnd tps ctps opt opted in out optin optout optedin optedout unsub unsubscribed subscribed consent
    consents consented permission allow allows allowed accept accepts accepted agree agreed given tcpa pewc gdpr
    revoked withdrawn denied declined refused expired blocked blocklist blocklisted blacklist blacklisted suppressed
    callable registered listed list flag status date time at on by until expiry ip source reason
    telefon anruf anrufe anrufen werbe werbung kontakt einwilligung zustimmung erlaubnis sperre widerspruch widerruf
    nicht kein keine datum erteilt
    """
)
"""Words that databases write as one, such as isdnc and donotcall; only what is made of these alone is cut."""

ALONE = frozenset(("stop",))
"""Words that object when nothing else is said."""
